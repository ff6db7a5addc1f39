module MtrlFunctional.Tests.Algorithms.SacTaskGradientTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Algorithms.Examples

/// Each with every kind of network.
let ``gradients of soft actor-critic task by task`` = [
    let configs = networks |> List.filter _.Surgery.IsNone

    // The batch in which only one task counts.
    let only task (batch: Batch) =
        let mask = Array.init 3 (fun i -> if i = task then 1.0 else 0.0)

        { batch with Weight = batch.Weight .* Tensor.ofDoubles [| 3L; 1L |] mask }

    let criticLayouts (agent: SacAgent) = [ agent.CriticLayout; agent.TaskEncoderLayout ]

    // The first step of Adam shows the gradient of an update: the first moment is a tenth of it.
    let stepped (trained: AdamState) =
        Tensor.toDoubles trained.FirstMoment |> Array.map ((*) 10.0)

    testEach "are those of an update on a task's rows alone" configs (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let gradients = Sac.criticGradients (SacView.read agent state) batch

        for task in 0..2 do
            let alone, metrics = Sac.update agent state (only task batch)

            for found, expected in
                List.zip (wholeGradient (criticLayouts agent) task gradients) [
                    stepped alone.Critic
                    stepped alone.TaskEncoder
                ] do
                Array.append [| 0.0 |] found |> Array.forall System.Double.IsFinite |> isTrue

                if found.Length > 0 then
                    largestDifference expected found |> isBelow 1e-10

            gradients.Shared.Losses[task] |> isWithin 1e-10 (reading "critic_loss" metrics))

    // Surgery that takes the mean changes nothing, whether or not it sees what tasks do not share.
    testEach "joined by their mean make the update without surgery" configs (fun config ->
        let plain = train (agent config) (fresh config)

        for ownToo in [ false; true ] do
            let mean = SacSurgery.both (Surgery.Plain Reduction.Mean) (Key.ofSeed 1L)
            let joined = { config with Surgery = Some { mean with OwnToo = ownToo } }
            let found = train (agent joined) (fresh joined)
            largestDifference (numbers plain) (numbers found) |> isBelow 1e-9)

    // Rows of whole gradients, each other task's own part zero, are what joining stands for.
    testEach "join as whole gradients do where surgery sees them" configs (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let gradients = Sac.criticGradients (SacView.read agent state) batch

        for method' in [ PcGrad.surgery PcGrad.mtrl; Mgda.surgery Mgda.standard ] do
            let joined =
                gradients
                |> CombineGradients.combine true {
                    Method = method'
                    Layouts = criticLayouts agent
                    Places = []
                    Memory = SurgeryState.empty
                    Key = Key.ofSeed 1L
                }

            let rows = [|
                for task in 0..2 ->
                    wholeGradient (criticLayouts agent) task gradients |> Array.concat
            |]

            let rows = Tensor.ofDoubles [| 3L; int64 rows[0].Length |] (Array.concat rows)

            let expected =
                Surgery.combine
                    method'
                    (TaskGradients.create rows gradients.Shared.Losses)
                    (Key.ofSeed 1L)
                    SurgeryState.empty

            largestDifference
                (Tensor.toDoubles expected.Direction)
                (joined.Directions |> List.map Tensor.toDoubles |> Array.concat)
            |> isBelow 1e-10)
]

/// Every method in an update, with a kind of network in turn; with every kind in the long form.
let ``surgery in an update`` = [
    let methods = List.map fst Methods.usual

    let networksOf method' =
        let turn = List.findIndex ((=) method') methods

        if LongForm.isAsked then
            networks
        else
            [ networks[turn % networks.Length] ]

    let operated method' ownToo (config: SacConfig) : SacConfig =
        let surgery =
            SacSurgery.both (List.find (fst >> (=) method') Methods.usual |> snd) (Key.ofSeed 5L)

        { config with Surgery = Some { surgery with OwnToo = ownToo } }

    // The first task has no rows. An update in which another one has a number that is not finite is one itself, so that it is
    // refused: without that task the others would train on.
    testTheory
        "makes a parameter that is not finite of such a number alone"
        (List.allPairs methods [ false; true ])
        (fun (name, isSpoilt) ->
            for config in networksOf name do
                let config = operated name false config
                let agent, state = agent config, fresh config
                let weight = Tensor.ofDoubles [| 3L; 1L |] [| 0.0; 1.0; 1.0 |]
                let last = if isSpoilt then nan else 1.0
                let factors = Tensor.ofDoubles [| 3L; 1L |] [| 1.0; 1.0; last |]
                let batch = batchOf config 6 1L

                let batch = {
                    batch with
                        Weight = batch.Weight .* weight
                        Reward = batch.Reward .* factors
                }

                let after, _ = Sac.update agent state batch
                let isFinite = numbers after |> Array.forall System.Double.IsFinite
                isFinite |> differsFrom isSpoilt)
]
