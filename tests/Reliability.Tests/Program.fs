module MtrlFunctional.Reliability.Tests.Program

open MtrlFunctional.Tests

[<EntryPoint>]
let main arguments =
    TestProgram.run "Reliability" id arguments
