module MtrlFunctional.Tests.Surgery.SurgeryProps

open Expecto
open Expecto.Flip
open System
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open Examples

let ``every method`` = [
    let law name =
        testLaw (LongForm.count 30 60) [ typeof<GeneralPosition> ] name

    let forAll law =
        methods
        |> List.map (fun (name, surgery) -> law surgery |> Prop.label name)
        |> List.reduce (.&.)

    let bits (xs: float[]) =
        xs |> Array.map BitConverter.DoubleToInt64Bits

    // Coefficients that depend on nothing but the gradients and losses.
    let isDetermined name =
        not (List.contains name [ "pcgrad"; "pcgrad of mtrl"; "gradvac"; "graddrop"; "rlw" ])
        && not ((name: string).StartsWith "cosine")

    law "gives the same bits for the same key" (fun example ->
        forAll (fun surgery ->
            bits (fst (combine surgery example)) = bits (fst (combine surgery example))))

    law "follows the only task there is, and tasks that all want the same" (fun seed ->
        let one = random seed 1 5
        let gradient = one.Gradients[0]

        forAll (fun surgery ->
            [ one; one |> add gradient 0.7 |> add gradient 1.3 ]
            |> List.forall (fun example ->
                let direction = fst (combine surgery example)
                let factor = dot direction gradient / dot gradient gradient
                factor > 0.0 && near example direction (Array.map ((*) factor) gradient))))

    law "does not mind how tasks are numbered" (fun (example: Example) ->
        let order = Array.init example.Tasks (fun i -> (i + 1) % example.Tasks)

        methods
        |> List.filter (fst >> isDetermined)
        |> List.map (fun (name, surgery) ->
            let direction, permuted =
                fst (combine surgery example), fst (combine surgery (permute order example))

            near example direction permuted |> Prop.label name)
        |> List.reduce (.&.))

    law "leaves absent tasks out and their memory alone" (fun (example: Example) ->
        let gap = 1
        let present = Array.init example.Tasks (fun i -> i <> gap)

        let without (xs: _[]) =
            xs |> Array.indexed |> Array.filter (fun (i, _) -> i <> gap) |> Array.map snd

        let others = {
            example with
                Gradients = without example.Gradients
                Losses = without example.Losses
        }

        forAll (fun surgery ->
            use _ = TorchSharp.torch.NewDisposeScope()
            let gradients = TaskGradients.create (tensor example) example.Losses
            let start = surgery.Start example.Tasks
            let key = Key.ofSeed example.Seed

            let combined =
                Surgery.combine surgery { gradients with Present = present } key start

            let alone =
                SurgeryState.narrow example.Tasks (without [| 0 .. example.Tasks - 1 |]) start

            let direction, _ = combineFrom surgery alone others

            near example (Tensor.toDoubles combined.Direction) direction
            && combined.State.PerTask
               |> Map.forall (fun name values ->
                   bits [| values[gap] |] = bits [| start.PerTask[name][gap] |])))

    law "drops a task whose gradient or loss is not finite, and says so" (fun (example: Example) ->
        let spoilt = [
            for spoil in [ nan; infinity; -infinity ] do
                let gradients = example.Gradients |> Array.map Array.copy
                gradients[1][2] <- spoil
                { example with Gradients = gradients }
            {
                example with
                    Losses = example.Losses |> Array.mapi (fun i x -> if i = 1 then nan else x)
            }
        ]

        forAll (fun surgery ->
            spoilt
            |> List.forall (fun example ->
                let direction, combined = combine surgery example

                Array.forall Double.IsFinite direction
                && combined.Diagnostics.Dropped = [ 1 ]
                && Array.forall Double.IsFinite combined.Diagnostics.Coefficients)))

    law "stands still where no task can be followed" (fun seed ->
        let example = random seed 3 5
        let lost = { example with Losses = [| nan; nan; nan |] }
        let zero = scale [| 0.0; 0.0; 0.0 |] example

        forAll (fun surgery ->
            [ lost; zero ]
            |> List.forall (fun example ->
                combine surgery example |> fst |> Array.forall ((=) 0.0))))

    testLaw
        (LongForm.count 80 200)
        [ typeof<AnyPosition> ]
        "always gives finite numbers, and remembers finite ones"
        (fun (example: Example) ->
            forAll (fun surgery ->
                let step state _ =
                    let direction, combined = combineFrom surgery state example

                    Expect.isTrue
                        "the direction is finite"
                        (Array.forall Double.IsFinite direction)

                    combined.State

                let state = Seq.fold step (surgery.Start example.Tasks) (seq { 1..3 })

                Seq.append state.PerTask.Values state.PerPair.Values
                |> Seq.forall (Array.forall (fun x -> not (Double.IsInfinity x)))))

    // Losses of actors are often negative.
    testLaw
        (LongForm.count 10 60)
        [ typeof<GeneralPosition> ]
        "survives losses of any sign"
        (fun (example: Example) ->
            forAll (fun surgery ->
                [ 0.0; -1.0; 1e30; -1e30; 1e-30 ]
                |> List.forall (fun factor ->
                    let scaled = { example with Losses = Array.map ((*) factor) example.Losses }

                    let step (state, ok) _ =
                        let direction, combined = combineFrom surgery state scaled
                        combined.State, ok && Array.forall Double.IsFinite direction

                    Seq.fold step (surgery.Start example.Tasks, true) (seq { 1..4 }) |> snd)))

    law "has a memory that can be stored" (fun (example: Example) ->
        forAll (fun surgery ->
            let _, combined = combine surgery example
            let again = SurgeryState.toArrays combined.State |> SurgeryState.ofArrays

            bits (fst (combineFrom surgery combined.State example)) =
                bits (fst (combineFrom surgery again example))))

    law "combines single precision almost alike" (fun (example: Example) ->
        [ "pcgrad of mtrl"; "mgda"; "cagrad"; "nash_mtl"; "aligned_mtl"; "gradnorm" ]
        |> List.map (fun name ->
            let surgery = methods |> List.find (fst >> (=) name) |> snd
            use _ = TorchSharp.torch.NewDisposeScope()
            let rows = Tensor.toType ScalarType.Float32 (tensor example)
            let start = surgery.Start example.Tasks
            let gradients = TaskGradients.create rows example.Losses
            let single = Surgery.combine surgery gradients (Key.ofSeed example.Seed) start
            let double = fst (combine surgery example)
            let scale = 1e-3 * (length double + 1e-3)

            let close =
                Seq.forall2
                    (fun (x: float32) y -> abs (float x - y) < scale)
                    (Tensor.toFloats single.Direction)
                    double

            // Rounding may decide where gradients nearly depend on each other.
            let values = (SymmetricEigen.ofGram (gram example)).Values
            (close || Array.last values < 1e-3 * values[0]) |> Prop.label name)
        |> List.reduce (.&.))
]

let ``surgery on huge gradients`` = [
    // Products of rows near the largest single number overflow: the rows count as not finite.
    testCase "falls back to nothing rather than to infinity" (fun () ->
        let rows = Tensor.ofFloats [| 2L; 2L |] [| 1e30f; -1e30f; 2e30f; 1e30f |]

        for name, surgery in methods do
            let combined =
                Surgery.combine
                    surgery
                    (TaskGradients.create rows [| 1.0; 1.0 |])
                    (Key.ofSeed 1L)
                    (surgery.Start 2)

            combined.Diagnostics.Dropped |> Expect.equal name [ 0; 1 ]

            Tensor.toFloats combined.Direction
            |> Array.forall ((=) 0.0f)
            |> Expect.isTrue name)
]
