module MtrlFunctional.Tests.Algorithms.EntropyTuningProps

open Expecto
open Expecto.Flip
open System
open FsCheck
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``the coefficient of a task's entropy`` = [
    let tuning: TunedEntropy = { Start = 0.01; Target = -0.5; Rate = 0.1 }

    // From anywhere within its bounds.
    let within (x: NormalFloat) =
        let far = EntropyTuning.span
        tuning.Start * far ** tanh (x.Get / 10.0)

    testProperty
        "rises below the target, falls above it, and stays within its bounds"
        (fun (x: NormalFloat) (gap: NormalFloat) ->
            let before = within x
            let after = EntropyTuning.next tuning (tuning.Target - gap.Get) before
            let far = EntropyTuning.span
            after |> isInRange (tuning.Start / far) (tuning.Start * far)

            if
                abs gap.Get > 1e-6
                && before * exp (0.1 * abs gap.Get) < tuning.Start * far
                && before * exp (-0.1 * abs gap.Get) > tuning.Start / far
            then
                sign (after - before) |> equals (sign gap.Get)
                let moved = log after - log before
                moved |> isWithin 1e-9 (0.1 * gap.Get))

    testTheory "is a number whatever was measured" [
        Double.NaN
        Double.PositiveInfinity
        Double.NegativeInfinity
    ]
    <| fun entropy ->
        let after = EntropyTuning.next tuning entropy 0.02
        isTrue (Double.IsFinite after && after > 0.0)

        let still = EntropyTuning.next { tuning with Rate = 0.0 } entropy 0.02
        still |> equals 0.02
]

/// Whole updates of agents with a coefficient for each task.
let ``an update that tunes entropies`` = [
    let tunedAt rate coefficient (config: OnPolicyConfig) : OnPolicyConfig = {
        config with
            Entropy = Tuned { Start = coefficient; Target = -0.5; Rate = rate }
    }

    // With these σ of the tasks.
    let spreading (deviations: float list) (config: OnPolicyConfig) =
        let state = fresh config
        let agent = agent config
        let views = Layout.views agent.PolicyLayout state.Policy.Values

        let logStd =
            Tensor.ofDoubles [| int64 tasks; 1L; 2L |] [|
                for deviation in deviations do
                    log deviation
                    log deviation
            |]

        let values =
            Layout.flatten agent.PolicyLayout (fun parameter ->
                if parameter.Path = "std" then
                    logStd
                else
                    views[parameter.Path])

        { state with Policy = AdamState.start values }

    let agents = [ tuned; natural tuned; tunedAt 0.1 0.01 (stdPerTask plain) ]

    // The target is that of σ = 0.147.
    testEach
        "raises the coefficients of narrow policies and lowers those of wide ones"
        agents
        (fun config ->
            let state = config |> spreading [ 1.0; 0.03; 0.5 ]
            let next = (update config state (iteration 1L ragged)).EntropyCoefficient
            next[0] |> isBelow 0.01
            next[1] |> isAbove 0.01
            next[2] |> isInRange (next[0]) 0.01

            state.EntropyCoefficient
            |> Expect.equal "the given state is as it was" (Array.create tasks 0.01))

    testCase "keeps the coefficient of a task without rows" (fun () ->
        let config = tunedAt 0.1 0.01 (stdPerTask plain)
        let state = config |> spreading [ 1.0; 1.0; 1.0 ]
        let absent = [| 7; 3; 0; 0; 1; 6 |]
        let next = update config state (iteration 1L absent)
        next.EntropyCoefficient[1] |> equals 0.01
        next.EntropyCoefficient[0] |> isBelow 0.01
        next.EntropyCoefficient[2] |> isBelow 0.01
        numbers next |> Array.forall Double.IsFinite |> isTrue)

    let steps = [ plain; natural plain; modern; stdPerTask plain; natural (stdPerTask plain) ]

    // As many updates as they have, in either precision.
    let learned place (config: OnPolicyConfig) =
        let agent = agent config

        let iteration seed =
            let given = iteration seed ragged
            { given with Episodes = mapped (TensorOptions.put place) given.Episodes }

        let start = OnPolicyState.create agent (Key.ofSeed 5L) place

        ([ 1L; 2L ], start)
        ||> List.foldBack (fun seed state -> fst (OnPolicy.update agent state (iteration seed)))

    // Recorded in double precision, and in one call for a pass in single precision.
    testEach
        "that does not move is the one with a fixed coefficient, bit by bit"
        steps
        (fun config ->
            for place in [ double; TensorOptions.cpu ] do
                let fixed' = learned place { config with Entropy = InObjective(0.02, true) }
                let still = learned place (tunedAt 0.0 0.02 config)
                let moving = learned place (tunedAt 0.5 0.02 config)

                let tensors state =
                    numbers { state with EntropyCoefficient = [||] }

                tensors still |> equals (tensors fixed')
                tensors moving |> differsFrom (tensors fixed')
                still.EntropyCoefficient |> equals (Array.create tasks 0.02)
                fixed'.EntropyCoefficient |> equals [||])

    let coefficients = [| 0.3; 0.02; 1.7 |]

    // Loss and gradient with the coefficients above, and with none.
    let losses (config: OnPolicyConfig) =
        let config = tunedAt 0.1 0.1 config
        let agent = agent config
        let state = moved config (fresh config)

        let problem coefficients =
            let prepared = prepare config state (iteration 1L ragged)

            let prepared = { prepared with EntropyCoefficient = coefficients }
            prepared, Ppo.problem agent state Ratio prepared

        let loss coefficients (values: Tensor) =
            let prepared, problem = problem coefficients
            let leaves = Layout.views agent.PolicyLayout values |> Gradient.leaves
            let loss = problem.Loss None leaves problem.Columns prepared.Weight
            let gradient, _ = Gradient.flat agent.PolicyLayout leaves [] loss
            Tensor.item (Tensor.detach loss), Tensor.toDoubles gradient

        state.Policy.Values, loss coefficients, loss (Array.zeroCreate tasks)

    // A task's log σ is drawn up by its own coefficient, times its share of the rows.
    testCase "gives each task's spread its own coefficient, and a shared one their mean" (fun () ->
        let share = [| 10.0 / 29.0; 12.0 / 29.0; 7.0 / 29.0 |]
        let pulls = Array.map2 (*) coefficients share

        let pulled config =
            let values, loss, without = losses config
            Array.map2 (-) (snd (without values)) (snd (loss values))

        let own = pulled (stdPerTask plain)

        for task in 0 .. tasks - 1 do
            for action in 0..1 do
                own[2 * task + action] |> isWithin 1e-12 (pulls[task])

        let shared = pulled plain
        shared[0] |> isWithin 1e-12 (Array.sum pulls)
        shared[1] |> isWithin 1e-12 (Array.sum pulls))

    testCase "logs the mean coefficient, and that of each task" (fun () ->
        let sample: EpisodeSample = {
            Key = Key.ofSeed 9L
            Progress = 0.3
            Lag = None
            Episodes = sampled ragged 1L
        }

        let logged coefficients (algorithm: Algorithm<'state, EpisodeSample>) =
            let next, metrics = algorithm.Update (algorithm.Start (Key.ofSeed 5L) double) sample

            coefficients next,
            Metrics.read metrics
            |> Array.filter _.Metric.StartsWith("entropy_coefficient")
            |> Array.map (fun reading -> reading.Metric, reading.Number)

        let ofOne config =
            OnPolicyAlgorithm.algorithm (agent config)
            |> logged (fun (state: OnPolicyState) -> state.EntropyCoefficient)

        let ofEach =
            OnPolicyAlgorithm.forEachTask (Shards.serial 1) tasks { tuned with Tasks = 1 }
            |> logged (List.toArray >> Array.collect _.EntropyCoefficient)

        for coefficients, readings in [ ofOne tuned; ofEach ] do
            readings
            |> equals [|
                "entropy_coefficient", Array.average coefficients
                for task, c in Array.indexed coefficients do
                    $"entropy_coefficient_env_index_{task}", c
            |]

        snd (ofOne modern) |> isEmpty)
]
