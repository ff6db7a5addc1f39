module MtrlFunctional.Tests.Algorithms.TaskEncoderTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Which losses move the task encoder, and when.
let ``the step of a task encoder`` = [
    // The actor's loss alone trains it, in every second update.
    let ofActor config = {
        config with
            CriticTrainsTaskEncoder = false
            ActorTrainsTaskEncoder = true
            ActorEvery = 2
    }

    let trained config counters =
        let agent, state = agent config, fresh config

        counters
        |> List.scan (fun state k -> fst (Sac.update agent state (batchOf config 6 k))) state
        |> List.map _.TaskEncoder

    testCase "follows its momentum in updates without a loss that trains it" (fun () ->
        match trained (ofActor encoded) [ 1L; 2L; 3L ] with
        | [ start; before; first; later ] ->
            before.Steps |> equals 0L
            Tensor.toDoubles before.Values |> equals (Tensor.toDoubles start.Values)
            first.Steps |> equals 1L
            later.Steps |> equals 2L

            // Of a gradient of zeros.
            Tensor.toDoubles later.FirstMoment
            |> equals (Tensor.toDoubles (0.9 *. first.FirstMoment))

            Tensor.toDoubles later.Values |> differsFrom (Tensor.toDoubles first.Values)
        | states -> failtest $"{states.Length} states")

    // What the encoder makes of observations is a constant of the actor's loss, as in mtrl.
    testEach
        "has no gradient of the actor's loss through modulated features"
        [ Film.layer (Spec.layers 0 6 4); FeatureFilm.layer (Spec.layers 0 6 4) ]
        (fun film ->
            let config = ofActor { encoded with Networks.Encoder = film }
            let last = trained config [ 2L ] |> List.last
            Tensor.toDoubles last.FirstMoment |> Array.forall ((=) 0.0) |> isTrue)

    testCase "with surgery is of the sum of its losses, or of the last" (fun () ->
        let gradient sums config =
            let surgery = SacSurgery.both (PcGrad.surgery PcGrad.paper) (Key.ofSeed 5L)

            let config = {
                config with
                    CriticAdam = adam 0.0
                    Surgery = Some { surgery with SumsLosses = sums }
            }

            (List.last (trained config [ 2L ])).FirstMoment |> Tensor.toDoubles

        let both = { encoded with ActorTrainsTaskEncoder = true }
        let ofCritic = gradient true { both with ActorTrainsTaskEncoder = false }
        let ofActor = gradient true { both with CriticTrainsTaskEncoder = false }

        largestDifference (gradient true both) (Array.map2 (+) ofCritic ofActor)
        |> isBelow 1e-12

        gradient false both |> equals ofActor)
]

/// HiP-BMDP's ways to sample an encoding, in training.
let ``task encodings of training`` = [
    // What each task reads in updates and explores with, and its own encoding.
    let encodings way =
        let config = { encoded with TrainingEncodings = List.replicate 3 way }
        let agent, state = agent config, fresh config
        let view = SacView.read agent state

        let own =
            TaskSampling.run agent.TaskEncoder.Value (List.replicate 3 TaskSampling.Own)
            <| view.TaskEncoder

        let rows x =
            Tensor.toDoubles x |> Array.chunkBySize 3

        rows view.Context.Value, rows own

    testCase "are the mean of those of some tasks" (fun () ->
        let read, own = encodings (TaskSampling.MeanOf [ 1; 2 ])
        let mean = Array.map2 (fun a b -> (a + b) / 2.0) own[1] own[2]

        for row in read do
            largestDifference row mean |> isBelow 1e-15)

    testCase "of all tasks alike give the contrastive loss no slope" (fun () ->
        let original = ModelExamples.original

        let config = {
            original with
                TaskEncoderLosses = []
                Agent.TrainingEncodings = List.replicate 3 TaskSampling.OfZeros
        }

        let agent, state = ModelExamples.agent config, ModelExamples.fresh config
        let next, _ = Models.update agent state (ModelExamples.batch config 1L)

        Tensor.toDoubles next.Sac.TaskEncoder.FirstMoment
        |> Array.forall ((=) 0.0)
        |> isTrue)
]
