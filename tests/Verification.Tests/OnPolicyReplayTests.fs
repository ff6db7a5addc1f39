namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``replaying recorded updates of PPO and TRPO`` =
    let private verify name =
        Path.Combine(Repository.root, "tests", "golden", "garage", name + ".safetensors")
        |> Golden.verify

    let private passes (checks: Check list) =
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)

    [<TestCase("mtppo_ragged", "iter1/policy_minibatch_losses")>]
    [<TestCase("mttrpo_ragged", "iter1/trpo/cg_trace")>]
    let ``gives the recorded numbers`` (name: string) (particular: string) =
        let checks = verify name
        let quantities = checks |> List.map _.Quantity
        passes checks

        for quantity in
            [
                particular
                "iter0/advantages"
                "iter1/policy_after/…"
                "iter1/vf_after/…"
                "iter1/log/GaussianMLPPolicy/KL"
                "iter0/multitask_log_named/task-11/NumEpisodes"
                "final/adam_vf/…/exp_avg_sq"
            ] do
            Assert.That(quantities, Does.Contain quantity)

    [<Test>]
    let ``gives the recorded numbers of every option`` () =
        let checks = verify "options"
        passes checks

        for kind in
            [
                "adv/11"
                "loss/17/flat_gradient"
                "std/06/std"
                "update/vpg_default/policy_after_flat"
                "line/uphill/points"
            ] do
            Assert.That(checks |> List.map _.Quantity, Does.Contain kind)
