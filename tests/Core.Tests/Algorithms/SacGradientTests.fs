module MtrlFunctional.Tests.Algorithms.SacGradientTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// After the first update Adam's first moment is (1 − β₁) times the gradient. Its product with a random
/// direction must be the slope, in that direction, of the loss that the same update reports. An error of any one
/// parameter's gradient shows in every direction.
let ``the gradient of soft actor-critic`` = [
    let step = 1e-6

    // Independent standard normal numbers: each parameter moves by about `step`.
    let directions (values: Tensor) = [
        for i in 1L .. 5L ->
            Draw.normal double (Key.ofSeed 31L |> Key.at i) [| Tensor.count values |]
    ]

    // The central difference of a number along a direction.
    let slope (at: Tensor -> float) values direction =
        (at (values .+ step *. direction) - at (values .- step *. direction))
        / (2.0 * step)

    // Biases start at zero: a layer that is dead for a row puts the next one on ReLU's kink.
    let unevenly (state: SacState) =
        let shake name (trained: AdamState) =
            let key = Key.ofSeed 21L |> Key.forPurpose name
            let noise = Draw.normal double key [| Tensor.count trained.Values |]
            { trained with Values = trained.Values .+ 0.1 *. noise }

        state
        |> SacState.change SacParts.actor (shake "actor")
        |> SacState.change SacParts.critic (shake "critic")
        |> SacState.change SacParts.taskEncoder (shake "task encoder")

    let check config (part: PartKey<AdamState>) metric =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, batch = agent config, sampleOf config 4 1L
        let state = unevenly (fresh config)
        let next, _ = Sac.update agent state batch
        let gradient = (1.0 / 0.1) *. (next.Get part).FirstMoment

        let loss values =
            use _ = TorchSharp.torch.NewDisposeScope()
            let changed = state |> SacState.change part (fun p -> { p with Values = values })
            Sac.update agent changed batch |> snd |> reading metric

        for direction in directions gradient do
            let expected = slope loss (state.Get part).Values direction
            let found = Tensor.item (Tensor.sum (gradient .* direction))
            found |> isWithin 1e-6 expected

        Tensor.toDoubles gradient |> Array.exists (fun g -> abs g > 1e-3) |> isTrue

    let configs = networks @ inferredNetworks |> List.filter _.Surgery.IsNone

    let encoded = configs |> List.filter _.Networks.TaskEncoder.IsSome

    // The encoder's rows of the next observation are part of the target, a constant: without discount they do
    // not count.
    let myopic (config: SacConfig) = { config with Discount = 0.0 }

    testEach "is the slope of the critics' loss" configs (fun config ->
        check (myopic config) SacParts.critic "critic_loss")

    // The critics stand still, since the actor's loss is measured after their step.
    testEach "is the slope of the actor's loss" configs (fun config ->
        let config = { config with CriticAdam = adam 0.0 }
        check config SacParts.actor "actor_loss")

    testCase "is the slope of the temperature's loss" (fun () ->
        check plain SacParts.logAlpha "alpha_loss")

    testEach "is the slope of the critics' loss by the task encoder" encoded (fun config ->
        check (myopic config) SacParts.taskEncoder "critic_loss")

    // The critics leave the task encoder to its own loss.
    testCase "is the slope of the divergence of inferred encodings" (fun () ->
        let config = {
            inferred with
                CriticTrainsTaskEncoder = false
                Context = inferred.Context |> Option.map (fun c -> { c with KlWeight = Some 1.0 })
        }

        check config SacParts.taskEncoder "context_kl")
]
