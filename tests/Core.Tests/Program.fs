module MtrlFunctional.Tests.Program

open Expecto

/// The tensors of a test end with it.
let private inScope run =
    use _ = TorchSharp.torch.NewDisposeScope()
    run ()

[<EntryPoint>]
let main arguments =
    TestProgram.run "Core" (around inScope) arguments
