module MtrlFunctional.Tests.Extensions.CadmTests

open Expecto
open System
open MtrlFunctional.Algorithms
open MtrlFunctional.Cadm
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

open CadmExamples

let ``context-aware dynamics`` = [
    // An agent after 300 updates: seconds, once for the tests below, so that its tensors end with none of them.
    let trained =
        lazy
            (let state =
                Tensors.scope CadmState.owns (fun () -> train TensorOptions.cpu agent 300)

             for tensor in CadmState.owns state do
                 tensor.DetachFromDisposeScope() |> ignore

             state)

    testCase "of an empty context are those of a plain model, bit by bit" (fun () ->
        let state = train TensorOptions.cpu agent 3

        let plainAgent =
            agentOf (config |> withSettings (fun model -> { model with Context = 0 }))

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
        context |> Option.get |> Tensor.toFloats |> areAll 0.0f
        CadmModel.context plainAgent plain none |> equals (None: Tensor option)

        for predict in [ CadmModel.forward; CadmModel.backward ] do
            let predicted = predict agent view context steps |> Tensor.toFloats

            predict plainAgent plain None steps |> Tensor.toFloats |> equals predicted

            let other = CadmModel.context agent view steps

            predict agent view other steps |> Tensor.toFloats |> differsFrom predicted)

    testCase
        "have a context of the present steps in any order, whatever the absent ones hold"
        (fun () ->
            let view = CadmModel.view agent (train double agent 2)
            let steps = batch double config 20 (Key.ofSeed 3L) |> stepsOf config

            let context steps =
                CadmModel.context agent view steps |> Option.get |> Tensor.toDoubles

            let absent = 1.0 +. -1.0 *. steps.Present
            Tensor.item (Tensor.sum absent) |> isAbove 0.0

            let noise: Tensor =
                1e3 *. Draw.normal double (Key.ofSeed 4L) (Tensor.shape steps.State)

            let padded = {
                steps with
                    State = steps.State .+ absent .* noise
                    Next = steps.Next .- absent .* noise
                    Action = steps.Action .+ absent .* noise
            }

            context padded |> equals (context steps)
            let count = Tensor.size 1 steps.State

            let order =
                Tensor.ofLongs [| count |] [| for i in 0L .. count - 1L -> count - 1L - i |]

            let turned = steps |> Steps.map (Tensor.indexSelect 1 order)
            context turned |> areWithin 1e-12 (context steps))

    testCase "have the slope of their loss as gradient" (fun () ->
        let config =
            { config with Terminates = true }
            |> withSettings (fun model -> { model with Units = 6 })

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

        let _, gradient = lossAndGradient agent state batch

        for direction in 1L .. 4L do
            let along =
                Draw.normal double (Key.at direction (Key.ofSeed 11L)) [| agent.Layout.Length |]

            let lossAt step =
                let values = state.Model.Values .+ step *. along
                let moved = { state with Model.Values = values }
                lossAndGradient agent moved batch |> fst |> Tensor.item

            let step = 1e-6
            let slope = (lossAt step - lossAt -step) / (2.0 * step)
            let expected = Tensor.item (Tensor.sum (gradient .* along))
            slope |> isWithin (1e-5 * (1.0 + abs expected)) expected)

    testCase "find the gain of an episode in its steps" (fun () ->
        let state = trained.Force()

        // Episodes of neither the training nor each other; ten steps are behind each.
        let held seed count =
            let keys = [| for i in 0L .. count - 1L -> Key.at i (Key.ofSeed seed) |]

            let obs =
                TensorOptions.fromDoubles
                    TensorOptions.cpu
                    (keys |> Array.collect (observation config 10))
                    [| 1L; count; int64 (CadmConfig.obsSize config) |]

            let contexts =
                CadmModel.contextOf agent state obs
                |> Option.get
                |> Tensor.toDoubles
                |> Array.chunkBySize config.Settings.Context

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
        printfn $"R² = %.4f{r2}"
        r2 |> isAtLeast 0.9)

    testCase "learn by a pure update" (fun () ->
        let state = train double agent 1
        let before = numbers state
        let given = batch double config 32 (Key.ofSeed 2L)
        let first, metrics = Cadm.update agent state given
        let second, _ = Cadm.update agent state given
        numbers state |> equals before
        numbers second |> equals (numbers first)

        let names = metrics |> List.map _.Name |> List.sort
        names |> equals [ "backward_loss"; "dynamics_loss"; "reward_model_loss" ]

        let lossOf state =
            lossAndGradient agent state given |> fst |> Tensor.item

        let trained =
            (first, [ 1..80 ])
            ||> List.fold (fun state _ -> fst (Cadm.update agent state given))

        lossOf trained |> isBelow (0.2 * lossOf first))

    testCase "are planned with as they predict" (fun () ->
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
                let layers = CadmModel.layers agent view (Option.map of' context)
                let state = Tensor.reshape [| 1L |] (of' steps.State)
                let sequence = Tensor.reshape [| 1L; 1L; 1L |] (of' steps.Action)

                let reward =
                    Planner.returns plan terminates layers state sequence
                    |> Tensor.toDoubles
                    |> Array.head

                let scaled = (Tensor.toDoubles (of' predicted))[1]
                let mean = (Tensor.toDoubles view.Targets.Mean)[1]
                let deviation = (Tensor.toDoubles (RunningMoments.deviation view.Targets))[1]
                reward |> isWithin 1e-10 (mean + deviation * scaled))

    testCase "bring a point with an unknown gain to the goal" (fun () ->
        let state = trained.Force()

        let returns (act: Tensor -> float) key =
            let g = gain key
            let frame s a r mark = [| s; a; r; mark |]
            let first = frame 1.5 0.0 0.0 1.0
            let size = (CadmConfig.history config.Settings).Steps + 1

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
            [ for i in 0L .. 15L -> Key.at i (Key.ofSeed 300L) ]
            |> List.filter (fun key -> abs (gain key) > 0.4)

        let planned =
            keys
            |> List.averageBy (
                returns (fun obs ->
                    Planner.actGreedily plan agent state obs
                    |> Tensor.toFloats
                    |> Array.head
                    |> float)
            )

        let still = keys |> List.averageBy (returns (fun _ -> 0.0))
        printfn $"return %.2f{planned}, without a push %.2f{still}"
        planned |> isAbove (0.5 * still))
]
