namespace Mtrl.Tests.Algorithms

open NUnit.Framework
open Mtrl.Algorithms
open Mtrl.Random
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Tests.Algorithms.Examples

/// After the first update Adam's mean is (1 − β₁) times the gradient. It must be the slope of the
/// loss that the same update reports, measured by changing each parameter a little.
[<TestFixture>]
module ``the gradient of soft actor-critic`` =

    let private step = 1e-6

    /// Central differences of a number at each element of a vector.
    let private slopes (values: Tensor) (at: Tensor -> float) =
        let numbers = Ops.ToDoubles values

        let shifted i by =
            let changed = Array.copy numbers
            changed[i] <- changed[i] + by
            at (Ops.FromDoubles(changed, [| int64 numbers.Length |]))

        Array.init numbers.Length (fun i -> (shifted i step - shifted i -step) / (2.0 * step))

    /// Biases start at zero: a layer that is dead for a row puts the next one on ReLU's kink.
    let private unevenly (state: SacState) =
        let shake name (trained: Trained) =
            let key = Key.ofSeed 21L |> Key.forPurpose name
            let noise = Draw.normal double key [| Ops.Count trained.Values |]
            { trained with Values = trained.Values .+ 0.1 *. noise }

        state
        |> SacState.change SacParts.actor (shake "actor")
        |> SacState.change SacParts.critic (shake "critic")
        |> SacState.change SacParts.taskEncoder (shake "task encoder")

    let private check config (part: PartKey<Trained>) metric =
        use _ = Ops.Scope()
        let agent, batch = agent config, batchOf config 4 1L
        let state = unevenly (fresh config)
        let next, _ = Sac.update agent state batch
        let gradient = Ops.ToDoubles((next.Get part).First) |> Array.map (fun g -> g / 0.1)

        let loss values =
            use _ = Ops.Scope()
            let changed = state |> SacState.change part (fun p -> { p with Values = values })
            Sac.update agent changed batch |> snd |> reading metric

        let expected = slopes (state.Get part).Values loss
        Assert.That(largestDifference expected gradient, Is.LessThan 1e-6)
        Assert.That(gradient |> Array.exists (fun g -> abs g > 1e-3))

    [<Test>]
    let ``is the slope of the critics' loss`` () =
        for config in networks |> List.filter _.Surgery.IsNone do
            // The encoder's rows of the next observation lie under the target, a constant.
            let config = { config with Discount = 0.0 }
            check config SacParts.critic "critic_loss"

    /// The critics stand still, since the actor's loss is measured after their step.
    [<Test>]
    let ``is the slope of the actor's loss`` () =
        for config in networks |> List.filter _.Surgery.IsNone do
            let config = { config with CriticAdam = adam 0.0 }
            check config SacParts.actor "actor_loss"

    [<Test>]
    let ``is the slope of the temperature's loss`` () =
        check plain SacParts.logAlpha "alpha_loss"

    [<Test>]
    let ``is the slope of the critics' loss by the task encoder`` () =
        for config in networks |> List.filter _.Networks.TaskEncoder.IsSome do
            let config = { config with Discount = 0.0 }
            check config SacParts.taskEncoder "critic_loss"
