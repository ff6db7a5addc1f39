namespace MtrlFunctional.Tests.Algorithms

open System
open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Points that are pushed: s' = s + g a with a gain g that no observation shows, and reward −s².
module CadmExamples =
    /// Numbers, or names, in order.
    let same (expected: 'a) = Is.EqualTo(box expected)

    let config: CadmConfig = {
        StateSize = 1
        Actions = ActionSpace.Box 1
        Terminates = false
        History = 5
        Future = 3
        ContextSize = 4
        Layers = 2
        Units = 24
        BackwardWeight = 0.5
        Adam = AdamRule(3e-3, 0.9, 0.999, 1e-8, 0.0)
    }

    let plan: PlanConfig = {
        Search = {
            Candidates = 60
            Horizon = 5
            Iterations = 4
            Elites = 8
            Smoothing = 0.1
            InitialStd = 0.5
        }
        Discount = 0.95
    }

    let agentOf config =
        CadmAgent.create (Shards.serial 1) config

    let agent = agentOf config

    let start options (agent: CadmAgent) =
        CadmState.create agent (Key.ofSeed 5L) options

    /// The gain of an episode, from −2 to 2.
    let gain key =
        4.0 * Key.uniform (Key.forPurpose "gain" key) - 2.0

    /// The observation after `steps` steps of an episode: frames, the newest first.
    let observation (config: CadmConfig) (steps: int) key =
        let g = gain key

        let action t =
            2.0 * Key.uniform (Key.at (int64 t) key) - 1.0

        let states =
            [| 1..steps |]
            |> Array.scan (fun s t -> s + g * action t) (Key.uniform (Key.forPurpose "start" key))

        [|
            for age in 0 .. (CadmConfig.history config).Steps do
                match max 0 (steps - age) with
                | 0 -> yield! [| states[0]; 0.0; 0.0; 1.0 |]
                | t -> yield! [| states[t]; action t; -(states[t - 1] ** 2.0); 0.0 |]
        |]

    /// Rows of episodes that have had 1 to 12 steps.
    let batch options (config: CadmConfig) rows (key: Key) : Batch =
        let keys = [| for i in 0 .. rows - 1 -> Key.at (int64 i) key |]

        let next =
            keys
            |> Array.collect (fun key ->
                observation config (1 + Key.below 12 (Key.forPurpose "steps" key)) key)

        let tensor (numbers: float[]) shape =
            TensorOptions.fromDoubles options numbers shape

        let zeros size =
            tensor (Array.zeroCreate (rows * size)) [| 1L; int64 rows; int64 size |]

        let flat value =
            tensor (Array.create rows value) [| 1L; int64 rows |]

        let obs = tensor next [| 1L; int64 rows; int64 (CadmConfig.obsSize config) |]

        {
            Obs = obs
            Action = zeros 1
            Reward = flat 0.0
            NextObs = obs
            Terminal = flat 0.0
            Weight = flat 1.0
            Noise = zeros 1
            NextNoise = zeros 1
            Draws = Map.empty
            Step = 0L
        }

    let numbers state =
        CadmState.owns state |> Seq.map Tensor.toDoubles |> Array.concat

    let train options agent count =
        (start options agent, [ 1..count ])
        ||> List.fold (fun state k ->
            batch options agent.Config 64 (Key.at (int64 k) (Key.ofSeed 1L))
            |> Cadm.update agent state
            |> fst)

    /// The steps of the batch, and the same with other numbers where there is no step.
    let stepsOf config (batch: Batch) =
        Steps.framesOf config batch.NextObs |> Steps.ofFrames config

[<TestFixture>]
module ``context-aware dynamics`` =
    open CadmExamples

    /// An agent after 1,500 updates: seconds, once for the tests below.
    let private trained =
        lazy (Tensors.scope CadmState.owns (fun () -> train TensorOptions.cpu agent 1500))

    [<Test>]
    let ``of an empty context are those of a plain model, bit by bit`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = train TensorOptions.cpu agent 3
        let plainAgent = agentOf { config with ContextSize = 0 }
        let view = CadmModel.view agent state

        let plain: CadmModel.ModelView = {
            view with
                Weights =
                    Layout.flatten plainAgent.Layout (fun p -> view.Weights[p.Path])
                    |> Layout.views plainAgent.Layout
        }

        let steps = batch TensorOptions.cpu config 16 (Key.ofSeed 9L) |> stepsOf config
        let none = { steps with Present = Tensor.zerosLike steps.Present }
        let context = CadmModel.context agent view none
        Assert.That(context |> Option.get |> Tensor.toFloats, Is.All.Zero)
        Assert.That(CadmModel.context plainAgent plain none, same (None: Tensor option))

        for predict in [ CadmModel.forward; CadmModel.backward ] do
            let predicted = predict agent view context steps |> Tensor.toFloats

            Assert.That(predict plainAgent plain None steps |> Tensor.toFloats, same predicted)

            let other = CadmModel.context agent view steps

            Assert.That(
                predict agent view other steps |> Tensor.toFloats,
                Is.Not.EqualTo(box predicted)
            )

    [<Test>]
    let ``have a context of the present steps in any order, whatever the absent ones hold`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let view = CadmModel.view agent (train double agent 2)
        let steps = batch double config 20 (Key.ofSeed 3L) |> stepsOf config

        let context steps =
            CadmModel.context agent view steps |> Option.get |> Tensor.toDoubles

        let absent = 1.0 +. -1.0 *. steps.Present
        Assert.That(Tensor.item (Tensor.sum absent), Is.GreaterThan 0.0)

        let noise: Tensor =
            1e3 *. Draw.normal double (Key.ofSeed 4L) (Tensor.shape steps.State)

        let padded = {
            steps with
                State = steps.State .+ absent .* noise
                Next = steps.Next .- absent .* noise
                Action = steps.Action .+ absent .* noise
        }

        Assert.That(context padded, same (context steps))
        let count = Tensor.size 1 steps.State

        let order =
            Tensor.ofLongs [| count |] [| for i in 0L .. count - 1L -> count - 1L - i |]

        let turn x = Tensor.indexSelect 1 order x

        let turned = {
            State = turn steps.State
            Action = turn steps.Action
            Reward = turn steps.Reward
            Next = turn steps.Next
            Present = turn steps.Present
        }

        Assert.That(context turned, (same (context steps)).Within 1e-12)

    [<Test>]
    let ``have the slope of their loss as gradient`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let config = { config with Terminates = true; Units = 6 }
        let agent = agentOf config
        let state = start double agent

        let batch = {
            batch double config 12 (Key.ofSeed 7L) with
                Terminal =
                    TensorOptions.fromDoubles double [| for i in 0..11 -> float (i % 2) |] [|
                        1L
                        12L
                    |]
        }

        let _, gradient = Cadm.lossAndGradient agent state batch

        for direction in 1L .. 4L do
            let along =
                Draw.normal double (Key.at direction (Key.ofSeed 11L)) [| agent.Layout.Length |]

            let lossAt step =
                let values = state.Model.Values .+ step *. along
                let moved = { state with Model.Values = values }
                Cadm.lossAndGradient agent moved batch |> fst |> Tensor.item

            let step = 1e-6
            let slope = (lossAt step - lossAt -step) / (2.0 * step)
            let expected = Tensor.item (Tensor.sum (gradient .* along))
            Assert.That(slope, Is.EqualTo(expected).Within(1e-5 * (1.0 + abs expected)))

    [<Test>]
    let ``find the gain of an episode in its steps`` () =
        // Before the scope: another test reads it, too.
        let state = trained.Force()
        use _ = TorchSharp.torch.NewDisposeScope()

        // Episodes of neither the training nor each other; ten steps are behind each.
        let held seed count =
            let keys = [| for i in 0L .. count - 1L -> Key.at i (Key.ofSeed seed) |]

            let obs =
                TensorOptions.fromDoubles
                    TensorOptions.cpu
                    (keys |> Array.collect (observation config 10))
                    [| 1L; count; int64 (CadmConfig.obsSize config) |]

            let contexts =
                Cadm.contextOf agent state obs
                |> Option.get
                |> Tensor.toDoubles
                |> Array.chunkBySize config.ContextSize

            contexts |> Array.map (Array.append [| 1.0 |]), keys |> Array.map gain

        /// Least squares with a little ridge, by elimination.
        let readOut (rows: float[][]) (gains: float[]) =
            let n = rows[0].Length

            let a =
                Array2D.init n n (fun i j ->
                    (rows |> Array.sumBy (fun r -> r[i] * r[j])) + (if i = j then 1e-6 else 0.0))

            let b =
                Array.init n (fun i ->
                    Array.map2 (fun (r: float[]) g -> r[i] * g) rows gains |> Array.sum)

            for k in 0 .. n - 1 do
                for i in 0 .. n - 1 do
                    if i <> k then
                        let factor = a[i, k] / a[k, k]

                        for j in k .. n - 1 do
                            a[i, j] <- a[i, j] - factor * a[k, j]

                        b[i] <- b[i] - factor * b[k]

            Array.init n (fun i -> b[i] / a[i, i])

        let rows, gains = held 100L 200L
        let weights = readOut rows gains
        let tested, expected = held 200L 200L
        let read = tested |> Array.map (Array.map2 (*) weights >> Array.sum)
        let mean = Array.average expected
        let square x = x * x
        let errors = Array.map2 (fun a b -> square (a - b)) read expected |> Array.sum
        let total = expected |> Array.sumBy (fun g -> square (g - mean))
        let r2 = 1.0 - errors / total
        TestContext.Out.WriteLine $"R² = %.4f{r2}"
        Assert.That(r2, Is.GreaterThanOrEqualTo 0.95)

    [<Test>]
    let ``learn by a pure update`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = train double agent 1
        let before = numbers state
        let given = batch double config 32 (Key.ofSeed 2L)
        let first, metrics = Cadm.update agent state given
        let second, _ = Cadm.update agent state given
        Assert.That(numbers state, same before)
        Assert.That(numbers second, same (numbers first))

        let names = metrics |> List.map _.Name |> List.sort
        Assert.That(names, same [ "backward_loss"; "dynamics_loss"; "reward_model_loss" ])

        let lossOf state =
            Cadm.lossAndGradient agent state given |> fst |> Tensor.item

        let trained =
            (first, [ 1..200 ])
            ||> List.fold (fun state _ -> fst (Cadm.update agent state given))

        Assert.That(lossOf trained, Is.LessThan(0.2 * lossOf first))

    [<Test>]
    let ``are planned with as they predict`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for terminates in [ false; true ] do
            let config = { config with Terminates = terminates }
            let agent = agentOf config
            let view = CadmModel.view agent (train double agent 3)

            let steps =
                batch double config 6 (Key.ofSeed 8L) |> stepsOf config |> Steps.part 0 1

            let context = CadmModel.context agent view steps
            let predicted = CadmModel.forward agent view context steps

            for row in 0L .. 5L do
                let of' x = Tensor.narrow 0 row 1L x
                let model = CadmModel.planned plan agent view (Option.map of' context)
                let state = Tensor.reshape [| 1L |] (of' steps.State)
                let sequence = Tensor.reshape [| 1L; 1L; 1L |] (of' steps.Action)
                let reward = Rollout.returns model state sequence |> Tensor.toDoubles |> Array.head

                let scaled = (Tensor.toDoubles (of' predicted))[1]
                let mean = (Tensor.toDoubles view.Targets.Mean)[1]
                let deviation = (Tensor.toDoubles (RunningMoments.deviation view.Targets))[1]
                Assert.That(reward, Is.EqualTo(mean + deviation * scaled).Within 1e-10)

    [<Test>]
    let ``bring a point with an unknown gain to the goal`` () =
        // Before the scope: another test reads it, too.
        let state = trained.Force()
        use _ = TorchSharp.torch.NewDisposeScope()

        let returns (act: Tensor -> float) key =
            let g = gain key
            let frame s a r mark = [| s; a; r; mark |]
            let first = frame 1.5 0.0 0.0 1.0
            let size = (CadmConfig.history config).Steps + 1

            let step (s, frames: float[] list, total) _ =
                let obs =
                    TensorOptions.fromDoubles TensorOptions.cpu (Array.concat frames) [|
                        1L
                        1L
                        int64 (CadmConfig.obsSize config)
                    |]

                let a = act obs
                let next, reward = s + g * a, -(s ** 2.0)
                next, List.truncate size (frame next a reward 0.0 :: frames), total + reward

            let _, _, total = Seq.fold step (1.5, List.replicate size first, 0.0) [ 1..15 ]

            total

        let keys =
            [ for i in 0L .. 30L -> Key.at i (Key.ofSeed 300L) ]
            |> List.filter (fun key -> abs (gain key) > 0.4)

        let planned =
            keys
            |> List.averageBy (
                returns (fun obs ->
                    Cadm.actGreedily plan agent state obs |> Tensor.toFloats |> Array.head |> float)
            )

        let still = keys |> List.averageBy (returns (fun _ -> 0.0))
        TestContext.Out.WriteLine $"return %.2f{planned}, without a push %.2f{still}"
        Assert.That(planned, Is.GreaterThan(0.5 * still))
