namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``replaying recorded updates of Distral`` =

    let private path =
        Path.Combine(Repository.root, "tests/golden/mtrl_pixels/distral_state.safetensors")

    [<Test>]
    let ``gives the recorded numbers`` () =
        let checks = Golden.verify path
        let quantities = checks |> List.map _.Quantity
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)

        for quantity in
            [
                "step0/log/train/distilled_loss"
                "step2/log/train/alpha_loss"
                "step2/after/actor"
                "step2/after/critic"
                "step2/after/log_alpha"
                "step2/after/distilled"
            ] do
            Assert.That(quantities, Does.Contain quantity)
