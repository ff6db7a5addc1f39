module MtrlFunctional.Tests.Verification.Program

open MtrlFunctional.Tests

[<EntryPoint>]
let main arguments =
    TestProgram.run "Verification" id arguments
