module MtrlFunctional.Tests.Algorithms.OnPolicyProps

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``an on-policy update`` = [
    // The largest difference, relative where numbers are large.
    let agree (bound: float) (x: float[]) (y: float[]) =
        let miss = Array.map2 (fun x y -> abs (x - y) / (1.0 + abs x)) x y |> Array.max
        miss |> isBelow bound

    testEach "gives the same bits for the same inputs, and leaves them alone" agents (fun config ->
        let state, iteration = fresh config, iteration 1L ragged
        let before = numbers state
        let first = update config state iteration
        let second = update config state iteration
        numbers first |> equals (numbers second)
        numbers state |> equals before
        numbers first |> Array.forall System.Double.IsFinite |> isTrue

        Tensor.toDoubles first.Policy.Values
        |> differsFrom (Tensor.toDoubles state.Policy.Values)

        Tensor.toDoubles first.Value.Values
        |> differsFrom (Tensor.toDoubles state.Value.Values))

    testEach
        "has the bits of the number of its parts, on any number of threads"
        agents
        (fun config ->
            let state, iteration = fresh config, iteration 1L ragged

            let updated parts threads =
                let agent = {
                    agent { config with Parts = parts } with
                        Shards = Shards.serial threads
                }

                let next, _ = OnPolicy.update agent state iteration
                numbers next

            updated 4 3 |> equals (updated 4 1)
            updated 4 1 |> agree 1e-6 (updated 1 1))

    testEach "leaves nothing behind" agents (fun config ->
        let agent, state, iteration = agent config, fresh config, iteration 1L whole
        let before = liveTensors ()
        let next, metrics = OnPolicy.update agent state iteration
        let made = Seq.append (OnPolicyState.owns next) (Metrics.owns metrics)

        let kept =
            System.Collections.Generic.HashSet(OnPolicyState.owns state, HashIdentity.Reference)

        let fresh = made |> Seq.filter (kept.Contains >> not) |> Seq.length
        Libtorch.LiveTensors - before |> equals (int64 fresh))

    // Where padding does not leak, what it holds changes nothing.
    testEach "does not see padding" agents (fun config ->
        let state, clean = fresh config, iteration 1L ragged
        let episodes = clean.Episodes
        let outside = 1.0 +. -1.0 *. Episodes.weight episodes
        let garbage = sampled whole 77L

        let mixed: Episodes = {
            episodes with
                Obs = episodes.Obs .+ Tensor.unsqueeze 3 outside .* garbage.Obs
                Action = episodes.Action .+ Tensor.unsqueeze 3 outside .* garbage.Action
                Reward = episodes.Reward .+ outside .* garbage.Reward
        }

        let dirty = update config state { clean with Episodes = mixed }

        agree 1e-10 (numbers (update config state clean)) (numbers dirty))

    // The policy has not moved yet: the objective of each row is its advantage.
    testEach "begins with a ratio of 1" agents (fun config ->
        let state = moved config (fresh config)
        let prepared = prepare config state (iteration 1L ragged)
        let policy = Ppo.policyAt (agent config) state prepared state.Policy.Values
        let logProb = ActionDistribution.logProb policy prepared.Action

        for kind in [ Ratio; ClippedRatio 0.2 ] do
            let gained =
                PolicyObjective.surrogate kind prepared.LogProb logProb prepared.Advantage

            Tensor.toDoubles gained |> equals (Tensor.toDoubles prepared.Advantage)

        Tensor.item (Ppo.divergence false prepared policy) |> isWithin 1e-15 0.0)

    // At the padding of short episodes a policy may move by many σ, so that its ratio there is infinite.
    testCase "reads no ratio of padding" (fun () ->
        let agent, state = agent modern, moved modern (fresh modern)
        let prepared = prepare modern state (iteration 1L ragged)
        let lower = -1e4 +. prepared.LogProb

        let far = {
            prepared with
                LogProb = PolicyObjective.ofRows prepared.Weight lower prepared.LogProb
        }

        Tensor.toDoubles far.LogProb |> differsFrom (Tensor.toDoubles prepared.LogProb)

        for kind in [ Ratio; ClippedRatio 0.2 ] do
            let loss prepared =
                Tensor.item (Ppo.loss agent kind prepared prepared.Policy)

            let gradient prepared =
                Tensor.toDoubles (Trpo.gradient agent state kind prepared)

            loss far |> equals (loss prepared)
            gradient far |> equals (gradient prepared))

    // rl_games' bounds loss of each row, weighted as the rows are.
    testCase "pays for means beyond their bounds" (fun () ->
        let prepared = prepare modern (moved modern (fresh modern)) (iteration 1L ragged)

        let loss coefficient =
            let agent = agent { modern with BoundsLoss = coefficient }

            match prepared.Policy with
            | GaussianActions policy ->
                let wide = GaussianActions { policy with Mean = 5.0 *. policy.Mean }
                let mean = Tensor.toDoubles (5.0 *. policy.Mean) |> Array.chunkBySize actions
                Tensor.item (Ppo.loss agent LogLikelihood prepared wide), mean
            | CategoricalActions _ -> failwith "a Gaussian policy"

        let (paid, means), (free, _) = loss 0.7, loss 0.0

        let beyond =
            Array.map2
                (fun weight row ->
                    row |> Array.sumBy (fun mean -> weight * max 0.0 (abs mean - 1.1) ** 2.0))
                (Tensor.toDoubles prepared.Weight)
                means

        Array.sum beyond |> isAbove 0.01
        paid - free |> isWithin 1e-12 (0.7 * Array.sum beyond))

    testCase "keeps what the value function says when returns are rescaled" (fun () ->
        let state = moved modern (fresh modern)
        let agent, iteration = agent modern, iteration 1L ragged
        let prepared = prepare modern state iteration

        let values (state: OnPolicyState) =
            let weights = Layout.views agent.ValueLayout state.Value.Values

            OnPolicyNetworks.value agent weights prepared.Obs prepared.Step
            |> OnPolicyNetworks.inReturns agent state
            |> Tensor.toDoubles

        let once =
            PopArtStep.apply agent prepared.Weight (7.0 +. 3.0 *. prepared.Return) state

        let twice = PopArtStep.apply agent prepared.Weight (-90.0 *. prepared.Return) once

        Tensor.toDoubles once.Return.Mean
        |> differsFrom (Tensor.toDoubles state.Return.Mean)

        agree 1e-12 (values state) (values once)
        agree 1e-12 (values state) (values twice))

    // An object that falls off the table is metres away.
    testCase "counts an observation far away as one at the limit of what networks see" (fun () ->
        for config in [ modern; scaledByTask ] do
            let agent = agent config

            let seen (state: OnPolicyState) (iteration: Iteration) =
                let prepared = prepare config state iteration
                { state with Obs = ObsStatistics.add agent iteration prepared state.Obs }

            let flung (episodes: Episodes) far : Episodes =
                let obs = Tensor.clone episodes.Obs
                let first = Tensor.select 0 0L (Tensor.select 0 0L (Tensor.select 0 0L obs))

                (Tensor.detach first).copy_(Draw.constant double far (Tensor.shape first))
                |> ignore

                { episodes with Obs = obs }

            let before = seen (fresh config) (iteration 1L whole)

            let after far =
                let next = iteration 2L whole

                let state = seen before { next with Episodes = flung next.Episodes far }

                Array.append
                    (Tensor.toDoubles state.Obs.Mean)
                    (Tensor.toDoubles state.Obs.Variance)

            agree 1e-12 (after 1e3) (after 1e6)

            let grown =
                Array.map2
                    (/)
                    (Array.skip ((Tensor.toDoubles before.Obs.Mean).Length) (after 1e6))
                    (Tensor.toDoubles before.Obs.Variance)

            Array.max grown |> isBelow 10.0
            Array.max grown |> isAbove 1.0)

    testCase "scales the observations of each task by its own statistics" (fun () ->
        let agent, iteration = agent scaledByTask, iteration 1L [| 7; 3; 0; 0; 1; 6 |]
        let state = fresh scaledByTask
        let prepared = prepare scaledByTask state iteration

        let state = { state with Obs = ObsStatistics.add agent iteration prepared state.Obs }

        let rows = episodes * steps
        let raw = Tensor.reshape [| int64 tasks; int64 rows; 5L |] iteration.Episodes.Obs

        let obs, weight =
            Tensor.toDoubles raw, Tensor.toDoubles (Episodes.weight iteration.Episodes)

        let scaled = Tensor.toDoubles (OnPolicyNetworks.scaled agent state raw)

        for task in 0 .. tasks - 1 do
            let places = [ for i in task * rows .. (task + 1) * rows - 1 -> i * 5 + 2 ]

            let seen = [
                for i in places do
                    if weight[i / 5] > 0.0 then
                        obs[i]
            ]

            // The second task has no episode.
            let mean = if seen.IsEmpty then 0.0 else List.average seen

            let variance =
                if seen.IsEmpty then
                    1.0
                else
                    seen |> List.averageBy (fun x -> (x - mean) ** 2.0)

            for i in places do
                let expected = (obs[i] - mean) / max 0.01 (sqrt variance)
                scaled[i] |> isWithin 1e-6 expected

            // The task column stays as it is.
            for i in places do
                scaled[i + 2] |> equals (obs[i + 2]))

    // With a bound of next to nothing the first pass is the last.
    testCase "ends its passes where the policy has moved too far" (fun () ->
        let steps limit =
            let config = {
                plain with
                    Improve = GradientSteps(ClippedRatio 0.2, OnPolicyDefaults.settings, limit)
            }

            (update config (fresh config) (iteration 1L whole)).Policy.Steps

        steps None |> equals 10L
        steps (Some 1e-12) |> equals 1L
        steps (Some 1e3) |> equals 10L)

    // Residuals of least squares with a constant have the mean 0.
    testCase "fits a linear value function to the returns whose advantages it serves" (fun () ->
        let config = {
            plain with
                Value = LinearFeatures 1e-9
                Lambda = 1.0
                BootstrapTimeLimits = false
        }

        let prepared, _ =
            OnPolicy.prepare (agent config) (fresh config) (iteration 1L ragged)

        Tensor.sumDim 1 (prepared.Weight .* prepared.RawAdvantage)
        |> Tensor.toDoubles
        |> areWithin 1e-5 (Array.zeroCreate tasks))

    // A ridge beside means over all rows would grow with the number of tasks.
    testCase "fits linear values of a task whatever other tasks there are" (fun () ->
        let values tasks =
            let config = { plain with Value = LinearFeatures 1.0; Tasks = tasks }
            let sampled = iteration 1L whole

            let episodes = {
                sampled with
                    Episodes =
                        if tasks = 1 then
                            Episodes.task 0 sampled.Episodes
                        else
                            sampled.Episodes
            }

            Tensor.toDoubles (update config (fresh config) episodes).Value.Values

        let alone = values 1
        Array.truncate alone.Length (values tasks) |> areWithin 1e-9 alone)
]
