module MtrlFunctional.Cli.Tests.Program

open MtrlFunctional.Tests

[<EntryPoint>]
let main arguments = TestProgram.run "Cli" id arguments
