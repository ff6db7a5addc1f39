module MtrlFunctional.Tests.Algorithms.SacGradientTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
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
        for i in 1L .. 2L ->
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

        {
            state with
                Actor = shake "actor" state.Actor
                Critic = shake "critic" state.Critic
                TaskEncoder = shake "task encoder" state.TaskEncoder
        }

    let field get set : Field<SacState, AdamState> = { Get = get; Set = set }
    let actor = field _.Actor (fun x state -> { state with Actor = x })
    let critic = field _.Critic (fun x state -> { state with Critic = x })
    let logAlpha = field _.LogAlpha (fun x state -> { state with LogAlpha = x })

    let taskEncoder =
        field _.TaskEncoder (fun x state -> { state with TaskEncoder = x })

    let check config (part: Field<SacState, AdamState>) metric =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, batch = agent config, sampleOf config 4 1L
        let state = unevenly (fresh config)
        let next, _ = Sac.update agent state batch
        let gradient = (1.0 / 0.1) *. (part.Get next).FirstMoment

        let loss values =
            use _ = TorchSharp.torch.NewDisposeScope()
            let changed = state |> part.Set { part.Get state with Values = values }
            Sac.update agent changed batch |> snd |> reading metric

        for direction in directions gradient do
            let expected = slope loss (part.Get state).Values direction
            let found = Tensor.item (Tensor.sum (gradient .* direction))
            found |> isWithin 1e-6 expected

        Tensor.toDoubles gradient |> Array.exists (fun g -> abs g > 1e-3) |> isTrue

    let configs = networks @ inferredNetworks |> List.filter _.Surgery.IsNone

    let sampled = [
        for way in [ TaskSampling.OfZeros; TaskSampling.MeanOf [ 1; 2 ] ] ->
            { encoded with TrainingEncodings = List.replicate 3 way }
    ]

    let encoded = sampled @ (configs |> List.filter _.Networks.TaskEncoder.IsSome)

    // The encoder's rows of the next observation are part of the target, a constant: without discount they do
    // not count.
    let myopic (config: SacConfig) = { config with Discount = 0.0 }

    testEach "is the slope of the critics' loss" configs (fun config ->
        check (myopic config) critic "critic_loss")

    // The critics stand still, since the actor's loss is measured after their step.
    testEach "is the slope of the actor's loss" configs (fun config ->
        let config = { config with CriticAdam = adam 0.0 }
        check config actor "actor_loss")

    testCase "is the slope of the temperature's loss" (fun () -> check plain logAlpha "alpha_loss")

    testEach "is the slope of the critics' loss by the task encoder" encoded (fun config ->
        check (myopic config) taskEncoder "critic_loss")

    // With an encoder that the actor trains, too, it is no constant.
    testEach
        "is the slope of the actor's loss by the task encoder"
        (encoded |> List.filter _.Context.IsNone)
        (fun config ->
            let config = {
                config with
                    CriticAdam = adam 0.0
                    CriticTrainsTaskEncoder = false
                    ActorTrainsTaskEncoder = true
                    Networks.TrainsPrivateParts = true
            }

            check config taskEncoder "actor_loss")

    // The critics leave the task encoder to its own loss.
    testCase "is the slope of the divergence of inferred encodings" (fun () ->
        let config = {
            inferred with
                CriticTrainsTaskEncoder = false
                Context = inferred.Context |> Option.map (fun c -> { c with KlWeight = Some 1.0 })
        }

        check config taskEncoder "context_kl")
]
