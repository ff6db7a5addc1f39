module MtrlFunctional.Tests.Algorithms.ContextTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Products of Gaussian factors, for three tasks with up to six rows and encodings of two numbers.
let ``a belief about a task`` = [
    let law name = testLaw 50 [] name

    let tasks, rows, width = 3, 6, 2

    let factors key =
        3.0
        *. Draw.normal double (Key.at 1L key) [| int64 tasks; int64 rows; int64 (2 * width) |]

    // Each row is there with probability one half.
    let mask key =
        let numbers = Draw.normal double (Key.at 2L key) [| int64 tasks; int64 rows |]
        Tensor.toType ScalarType.Float64 (Tensor.greater numbers (Tensor.zerosLike numbers))

    let numbersOf (belief: Posterior) =
        Array.append (Tensor.toDoubles belief.Mean) (Tensor.toDoubles belief.Variance)

    // 1 + Σ 1/σᵢ² and Σ (μᵢ/σᵢ²) / (1 + Σ 1/σᵢ²), number by number.
    law "is the product of its factors and the prior" (fun seed ->
        let key = Key.ofSeed seed
        let belief = Posterior.product (factors key) (mask key)
        let factors, mask = Tensor.toDoubles (factors key), Tensor.toDoubles (mask key)

        let expected = [|
            for task in 0 .. tasks - 1 do
                for k in 0 .. width - 1 do
                    let each = [
                        for row in 0 .. rows - 1 do
                            if mask[task * rows + row] > 0.0 then
                                let at = (task * rows + row) * 2 * width + k
                                factors[at], 1e-6 + log (1.0 + exp factors[at + width])
                    ]

                    let precision = 1.0 + List.sumBy (fun (_, variance) -> 1.0 / variance) each

                    List.sumBy (fun (mean, variance) -> mean / variance) each / precision,
                    1.0 / precision
        |]

        let wanted = Array.append (Array.map fst expected) (Array.map snd expected)
        largestDifference (numbersOf belief) wanted < 1e-10)

    testCase "has the divergence of its density from that of the prior" (fun () ->
        let mean, variance = 0.7, 0.16

        let at x =
            TensorOptions.fromDoubles double [| x |] [| 1L; 1L; 1L |]

        Posterior.divergence { Mean = at mean; Variance = at variance }
        |> Tensor.item
        |> isWithin 1e-12 (0.5 * (variance + mean * mean - 1.0 - log variance)))
]

let ``the context of an update`` = [
    let law name = testLaw 30 [] name

    let draw share = { Transitions = 7; Window = 100; EmptyShare = share; Width = 3 }

    let countsOf share seed =
        let context =
            batchOf inferred 7 1L
            |> TaskContext.ofTransitions double (Key.ofSeed seed) (draw share)

        Tensor.toDoubles (Tensor.sumDim 1 context.Kept)

    law "has from one to all transitions, or none" (fun seed ->
        countsOf 0.0 seed |> Array.forall (fun count -> 1.0 <= count && count <= 7.0)
        && countsOf 1.0 seed |> Array.forall ((=) 0.0))

    testCase "is empty as often as its share" (fun () ->
        let counts = [| for seed in 1L .. 400L -> countsOf 0.25 seed |] |> Array.concat
        let empty = counts |> Array.filter ((=) 0.0) |> Array.length
        float empty / float counts.Length |> isWithin 0.05 0.25

        // All sizes are as likely.
        for size in 1.0 .. 7.0 do
            let share = counts |> Array.filter ((=) size) |> Array.length
            float share / float counts.Length |> isWithin 0.04 (0.75 / 7.0))

    law "leaves out padding" (fun seed ->
        let batch = batchOf inferred 7 1L

        let weight =
            Tensor.cat 1 [|
                Tensor.narrow 1 0L 4L batch.Weight
                0.0 *. Tensor.narrow 1 0L 3L batch.Weight
            |]

        let context =
            { batch with Weight = weight }
            |> TaskContext.ofTransitions double (Key.ofSeed seed) (draw 0.0)

        Tensor.toDoubles (context.Present .- weight) |> Array.forall ((=) 0.0)
        && Tensor.toDoubles (context.Kept .* (context.Kept .- context.Present))
           |> Array.forall ((=) 0.0))
]

let ``an agent that infers its tasks`` = [
    let trained by divergence = {
        inferred with
            CriticTrainsTaskEncoder = by
            Context = inferred.Context |> Option.map (fun c -> { c with KlWeight = divergence })
    }

    let encoderAfter config (change: Batch -> Batch) =
        let agent = agent config
        let state = train agent (fresh config)
        let next, _ = Sac.update agent state (change (sampleOf config 8 9L))
        Tensor.toDoubles next.TaskEncoder.FirstMoment, Tensor.toDoubles next.Actor.FirstMoment

    let withReward (batch: Batch) = { batch with Reward = 3.0 *. batch.Reward }

    let withNoise (batch: Batch) = { batch with Noise = Tensor.neg batch.Noise }

    testCase "trains the encoder by the listed losses only" (fun () ->
        // None: it stays as it was, with moments of exactly zero.
        let config = trained false None
        let agent = agent config
        let first = fresh config
        let last = train agent first

        Tensor.toDoubles last.TaskEncoder.Values
        |> equals (Tensor.toDoubles first.TaskEncoder.Values)

        Tensor.toDoubles last.TaskEncoder.FirstMoment |> areAll 0.0
        Tensor.toDoubles last.TaskEncoder.SecondMoment |> areAll 0.0

        // The critics' loss reads rewards, the divergence does not.
        let before, _ = encoderAfter (trained false (Some 0.1)) id
        let after, _ = encoderAfter (trained false (Some 0.1)) withReward
        before |> equals after
        isTrue (Array.exists ((<>) 0.0) before)
        let before, _ = encoderAfter (trained true None) id
        let after, _ = encoderAfter (trained true None) withReward
        before |> differsFrom after

        // The actor's loss alone reads this noise.
        for config in [ trained true None; trained true (Some 0.1) ] do
            let before, actorBefore = encoderAfter config id
            let after, actorAfter = encoderAfter config withNoise
            before |> equals after
            actorBefore |> differsFrom actorAfter)

    testCase "acts by the prior where nothing is known" (fun () ->
        let agent = agent inferred
        let state = train agent (fresh inferred)
        let context = contextOf inferred 5L
        let nothing = { context with Present = Tensor.zerosLike context.Present }
        let obs = (batchOf inferred 4 5L).Obs

        let adapt context =
            SacContext.adapt agent state (TaskContext.add context (batchOf inferred 4 5L))

        let prior = adapt nothing
        Tensor.toDoubles (prior.Encodings) |> areAll 0.0

        Tensor.toDoubles (prior.ExploringEncodings)
        |> equals (Tensor.toDoubles context.Noise)

        let act state =
            Tensor.toDoubles (Sac.actGreedily agent state obs)

        act prior |> differsFrom (act (adapt context))

        let networks (state: SacState) =
            Tensor.toDoubles state.Actor.Values, Tensor.toDoubles state.Critic.Values

        networks prior |> equals (networks state))

    testCase "remembers the beliefs of its newest update" (fun () ->
        let config = {
            inferred with
                Context = inferred.Context |> Option.map (fun c -> { c with ExploreEvery = 2 })
        }

        let agent = agent config
        let state = train agent (fresh config)
        let sample = sampleOf config 8 9L
        let next, _ = Sac.update agent state sample
        let adapted = SacContext.adapt agent next sample

        let encodings (state: SacState) = Tensor.toDoubles (state.Encodings)

        let exploring (state: SacState) =
            Tensor.toDoubles (state.ExploringEncodings)

        encodings next |> equals (encodings adapted)
        encodings next |> differsFrom (encodings state)

        // Update 9 is not one in two.
        exploring next |> equals (exploring state)
        let further, _ = Sac.update agent next (sampleOf config 8 10L)
        exploring further |> differsFrom (exploring next))
]
