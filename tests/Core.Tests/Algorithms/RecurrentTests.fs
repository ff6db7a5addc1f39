module MtrlFunctional.Tests.Algorithms.RecurrentTests

open Expecto
open FsCheck
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``a policy with a memory`` = [
    let configs = recurrent :: contextuals

    // The states and actions of a policy that follows the observations of an iteration step by step.
    let played (agent: OnPolicyAgent) state (episodes: Episodes) =
        let memory =
            let size = OnPolicyConfig.memorySize agent.Config |> Option.get
            Draw.constant double 0.0 [| int64 tasks; int64 OnPolicyExamples.episodes; int64 size |]

        let next memory t =
            let memory =
                OnPolicy.stepMemory agent state memory (Tensor.select 2 (int64 t) episodes.Obs)

            OnPolicy.actGreedily agent state memory, memory

        List.mapFold next memory [ 0 .. steps - 1 ] |> fst

    // An update computes whole rows at once, sampling step by step.
    testEach "learns from the distribution that it acts by" configs (fun config ->
        let state, iteration = moved config (fresh config), iteration 1L whole
        let actions = played (agent config) state iteration.Episodes
        let stepwise = Tensor.stack 2 (List.toArray actions)
        let prepared = prepare config state iteration

        let together =
            Tensor.reshape (Tensor.shape stepwise) (ActionDistribution.mode prepared.Policy)

        let miss = Tensor.toDoubles (stepwise .- together) |> Array.map abs |> Array.max

        miss |> isBelow 1e-10)

    // Each chunk starts from the memory that the policy had before it.
    testEach "learns in chunks from what it remembered" configs (fun config ->
        let config = inChunks 1 config
        let state = moved config (fresh config)
        let prepared = prepare config state (iteration 1L ragged)
        let inChunks = Ppo.policyAt (agent config) state prepared state.Policy.Values

        let miss =
            ActionDistribution.mode inChunks .- ActionDistribution.mode prepared.Policy

        Tensor.toDoubles miss |> Array.map abs |> Array.max |> isBelow 1e-10)

    testEach "learns in one chunk as from the whole row" configs (fun config ->
        let after config =
            update config (fresh config) (iteration 1L ragged) |> numbers

        after (inChunks steps config) |> equals (after config)
        after (inChunks 1 config) |> differsFrom (after config))

    // The value of the last observation is that of a row one step longer.
    testEach "values the last observation by the whole row before it" configs (fun config ->
        let state, iteration = moved config (fresh config), iteration 1L whole
        let e = iteration.Episodes
        let changed = { e with LastObs = 2.0 +. e.LastObs }
        let before = prepare config state iteration
        let after = prepare config state { iteration with Episodes = changed }
        let returns (p: Preparation.Prepared) = Tensor.toDoubles p.Return
        Tensor.toDoubles before.Value |> equals (Tensor.toDoubles after.Value)
        returns before |> differsFrom (returns after))
]

let ``an encoder of trials`` = [
    let configs = contextuals

    // Rates of Adam of policy and value function.
    let atRates policy value (config: OnPolicyConfig) : OnPolicyConfig =
        let at rate (settings: MinibatchSettings) = { settings with Adam = Examples.adam rate }

        match config.Improve with
        | GradientSteps(kind, settings, maxKl) -> {
            config with
                Improve = GradientSteps(kind, at policy settings, maxKl)
          }
        | TrustRegionStep _ -> config
        |> valueOf (fun network -> { network with Training = at value network.Training })

    // Whether parameters of the encoder differ, of the policy's and of the value function's; none where there is no such
    // parameter.
    let changes (config: OnPolicyConfig) (before: OnPolicyState) (after: OnPolicyState) =
        let agent = agent config

        let differ (layout: Layout) (before: AdamState) (after: AdamState) =
            let values (state: AdamState) =
                let views = Layout.views layout state.Values

                [|
                    for slot in layout.Slots do
                        if slot.Parameter.Path.StartsWith "memory/" then
                            yield! Tensor.toDoubles views[slot.Parameter.Path]
                |]

            match values before with
            | [||] -> None
            | numbers -> Some(numbers <> values after)

        differ agent.PolicyLayout before.Policy after.Policy,
        differ agent.ValueLayout before.Value after.Value

    testEach "learns from the loss of its own network alone" configs (fun config ->
        let isShared = (Option.get config.Memory).IsShared

        let after policy value =
            let config = atRates policy value config
            let state = moved config (fresh config)
            changes config state (update config state (iteration 1L whole))

        let ofValue isMoved = if isShared then None else Some isMoved
        after 0.01 0.0 |> equals (Some true, ofValue false)
        after 0.0 0.01 |> equals (Some false, ofValue true))
]

let ``a privileged goal in training`` = [
    let configs = predicting

    // The iteration with other goals, from a function of the numbers first … first + count − 1 of observations.
    let withGoals goals (iteration: Iteration) =
        let other (obs: Tensor) =
            let part first count = Tensor.narrow -1 first count obs
            Tensor.cat -1 [| part 0L 1L; goals part; part 3L (Tensor.size -1 obs - 3L) |]

        let e = iteration.Episodes

        {
            iteration with
                Episodes = { e with Obs = other e.Obs; LastObs = other e.LastObs }
        }

    let shifted = withGoals (fun part -> 2.0 +. part 1L 2L)

    // Goals that follow from the first number of an observation.
    let predictable =
        withGoals (fun part -> Tensor.cat -1 [| part 0L 1L; 0.5 *. part 0L 1L |])

    let isShared (config: OnPolicyConfig) = (Option.get config.Memory).IsShared

    // A value function that shares the memory reads no goals.
    testEach "reaches the value function, not the policy" configs (fun config ->
        let state, iteration = fresh config, iteration 1L whole

        let one, other =
            prepare config state iteration, prepare config state (shifted iteration)

        let actions (p: Preparation.Prepared) =
            Tensor.toDoubles (ActionDistribution.mode p.Policy)

        let values (p: Preparation.Prepared) = Tensor.toDoubles p.Value
        actions one |> equals (actions other)
        values one = values other |> equals (isShared config))

    testEach "is not read by a memory that acts" configs (fun config ->
        let state, agent = fresh config, agent config
        let size = OnPolicyConfig.memorySize config |> Option.get
        let zero = Draw.constant double 0.0 [| int64 tasks; int64 episodes; int64 size |]

        let after (iteration: Iteration) =
            Tensor.select 2 0L iteration.Episodes.Obs
            |> OnPolicy.stepMemory agent state zero
            |> Tensor.toDoubles

        let iteration = iteration 1L whole
        after iteration |> equals (after (shifted iteration)))

    testEach "is learned by the memory" configs (fun config ->
        let iteration = predictable (iteration 1L whole)

        let config = {
            config with
                ObsScaling = None
                Improve =
                    match config.Improve with
                    | GradientSteps(kind, settings, _) ->
                        let quick = { settings with Adam = Examples.adam 0.02; Epochs = 20 }
                        GradientSteps(kind, quick, None)
                    | other -> other
        }

        let error (metrics: Metrics) =
            metrics |> List.find (fun m -> m.Name = "goal_error") |> _.Value |> Tensor.item

        let step (state, _) _ =
            let state, metrics = OnPolicy.update (agent config) state iteration
            state, error metrics

        let errors =
            List.scan step (fresh config, nan) [ 1..4 ] |> List.tail |> List.map snd

        List.last errors |> isBelow (0.7 * List.head errors))
]

let ``minibatches of sequences`` = [
    let law name = testLaw 100 [] name

    // Steps of the rows of two tasks with three sequences each.
    let rows block (lengths: int[]) : int[][] =
        Array.init 2 (fun task -> [|
            for e in 0..2 do
                for t in 0 .. lengths[3 * task + e] - 1 -> e * block + t
        |])

    law
        "have each step once, whole sequences in their order, and weights whose sum is 1"
        (fun (PositiveInt block) (PositiveInt size) (lengths: NonNegativeInt[]) ->
            let block = 1 + block % 7

            // A sequence whose first step failed has no rows.
            let lengths =
                Array.init 6 (fun i ->
                    if i % 3 = 0 || lengths.Length = 0 then
                        block
                    else
                        lengths[i % lengths.Length].Get % (block + 1))

            let rows, all = rows block lengths, 3 * block
            let order _ _ n = Array.init n (fun i -> n - 1 - i)

            let minibatches = Minibatches.pass block all rows (Some size) order 0 |> Seq.toList

            let weighted (m: Minibatches.Minibatch) =
                Array.zip m.Places m.Weight
                |> Array.filter (fun (_, w) -> w > 0.0)
                |> Array.map fst

            let expected =
                rows
                |> Array.mapi (fun task -> Array.map (fun i -> int64 (task * all + i)))
                |> Array.concat

            let isWhole (m: Minibatches.Minibatch) =
                m.Places
                |> Array.chunkBySize block
                |> Array.forall (fun places ->
                    places[0] % int64 block = 0L
                    && places = Array.init places.Length (fun t -> places[0] + int64 t))

            (minibatches |> Seq.collect weighted |> Seq.sort |> Seq.toArray) = expected
            && List.forall isWhole minibatches
            && minibatches |> List.forall (fun m -> abs (Array.sum m.Weight - 1.0) < 1e-9))
]
