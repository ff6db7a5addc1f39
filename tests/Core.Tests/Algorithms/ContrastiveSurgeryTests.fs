module MtrlFunctional.Tests.Algorithms.ContrastiveSurgeryTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.ModelExamples

/// Surgery of HiP-BMDP's contrastive loss.
let ``surgery of the contrastive loss`` = [
    let operated ownToo method' withSurgery = {
        hipBmdp with
            ModelConfig.Contrastive =
                Some { hipBmdp.Contrastive.Value with WithSurgery = withSurgery }
            Agent.Surgery = Some { SacSurgery.both method' (Key.ofSeed 5L) with OwnToo = ownToo }
    }

    let workOf (config: ModelConfig) batch =
        start (agent config) (fresh config) batch

    // What the stage of the loss adds to the task encoder's gradient, and what it measures.
    let followed (config: ModelConfig) batch =
        let stage = List.last (ModelStages.stages (agent config))
        let work = (workOf config batch |> stage).Sac

        let gradient =
            work.ContextGradient
            |> Option.bind (UpdateContext.throughTaskEncoder work)
            |> Option.orElse work.TaskEncoderGradient

        Tensor.toDoubles gradient.Value, Tensor.item (List.head work.Measured).Value

    // Rows of the weights, of which some are 0; partners are drawn among the others.
    let weighted counter (weights: float[]) =
        let rows = batch hipBmdp counter
        let weight = TensorOptions.fromDoubles double weights (Tensor.shape rows.Weight)

        { rows with Weight = weight }
        |> RandomDraw.add double (Key.ofSeed counter) (ModelDraws.ofAgent (agent hipBmdp))

    // Some rows of each task are padding, and those of the others weigh differently.
    let uneven seed =
        Draw.normal double (Key.ofSeed seed) [| 18L |]
        |> Tensor.toDoubles
        |> Array.mapi (fun i x -> if i % 6 > 0 && x < -0.5 then 0.0 else 0.5 + abs x)
        |> weighted seed

    let apart (a: float[]) (b: float[]) =
        Array.map2 (fun x y -> abs (x - y)) a b |> Array.max

    // The shares' losses and gradients with all parameters of the task encoder as rows, and its own as they are.
    let shares ownToo (batch: Batch) =
        let agent = agent hipBmdp
        let work = workOf hipBmdp batch
        let recorded = SacView.recordTaskEncoder work.Sac.Start

        let view =
            ModelLosses.view agent work.Models {
                UpdateContext.view work.Sac with
                    Context = recorded.Context
            }

        ContrastiveShares.gradients
            ownToo
            agent.Agent.TaskEncoderLayout
            recorded.TaskEncoder
            (ModelLosses.contrastivePairs agent view work.Sac.Batch)
            work.Sac.Batch

    let plain = { hipBmdp with Agent.Surgery = None }

    testLaw
        50
        []
        "has shares of tasks that add up to the loss, and their gradients to its gradient"
        (fun (seed: int) ->
            let batch = uneven (int64 seed)
            let gradient, loss = followed plain batch
            let gradients = shares true batch
            let found, sum = gradients.ByTask, gradients.Loss

            let weigh (numbers: float[]) = Array.map2 (*) found.Shares numbers

            let total =
                Tensor.toDoubles (
                    Tensor.sumDim
                        0
                        (TensorOptions.fromDoubles double found.Shares [| 3L; 1L |]
                         .* found.Shared.Rows)
                )

            let weight = hipBmdp.Contrastive.Value.Weight

            abs (Array.sum found.Shares - 1.0) < 1e-14
            && abs (Array.sum (weigh found.Shared.Losses) - loss) < 1e-12 * (1.0 + loss)
            && abs (Tensor.item sum - loss) < 1e-12 * (1.0 + loss)
            && apart (Array.map ((*) weight) total) gradient < 1e-12)

    // Half of a pair's loss is of each of its two tasks.
    testCase "halves pairs" (fun () ->
        let partner = Tensor.ofLongs [| 3L; 2L |] [| 2L; 1L; 0L; 5L; 4L; 3L |]

        let numbers =
            TensorOptions.fromDoubles double [| 1.0; 10.0; 3.0; 100.0; 50.0; 40.0 |] [| 3L; 2L |]

        // Pairs: rows 0 and 2, 3 and 5; rows 1 and 4 are their own partners.
        let expected = [| 2.0 + 10.0; 2.0 + 70.0; 50.0 + 70.0 |]
        let found = Tensor.toDoubles (ContrastiveShares.divide partner numbers)
        found |> equals expected)

    // The rows of a task's own embedding are those without surgery; the layers that tasks share are not.
    testCase "combines what tasks share, and with the switch off nothing" (fun () ->
        let batch = batch hipBmdp 7L
        let layout = (agent hipBmdp).Agent.TaskEncoderLayout
        let expected, _ = followed plain batch

        let changed (found: float[]) = [
            for slot in layout.Slots do
                let numbers (vector: float[]) =
                    vector[int slot.Offset .. int (slot.Offset + Parameter.count slot.Parameter)
                                              - 1]

                slot.Parameter.PerTask, apart (numbers found) (numbers expected) > 1e-6
        ]

        let method' = PcGrad.surgery PcGrad.paper
        let found, _ = followed (operated false method' true) batch
        let isOwn, isShared = changed found |> List.partition fst
        isTrue (not isOwn.IsEmpty && not (List.exists snd isOwn))
        isTrue (List.exists snd isShared)
        let found, _ = followed (operated true method' true) batch

        changed found
        |> List.exists (fun (isOwn, differs) -> isOwn && differs)
        |> isTrue

        let found, _ = followed (operated false method' false) batch
        found |> equals expected)

    // Rows of one task have no distance of encodings, and the gradient of that is exactly 0.
    testNamed "of a single task changes no bit" Methods.usual (fun method' ->
        let only = weighted 3L [| for i in 0..17 -> if i / 6 = 1 then 1.0 else 0.0 |]

        let stage withSurgery =
            followed (operated false method' withSurgery) only

        stage true |> equals (stage false)

        let update withSurgery =
            let config = operated false method' withSurgery
            let next, _ = Models.update (agent config) (fresh config) only
            Tensor.toDoubles next.Sac.TaskEncoder.Values, Tensor.toDoubles next.Sac.Critic.Values

        update true |> equals (update false))
]
