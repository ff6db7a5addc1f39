module MtrlFunctional.Tests.Surgery.WeightProps

open Expecto
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open Examples

let ``GradNorm`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    // Weights after so many updates.
    let learn config count (example: Example) =
        let surgery = GradNorm.surgery config

        let step state _ =
            (combineFrom surgery state example |> snd).State

        Seq.fold step (surgery.Start example.Tasks) (seq { 1..count })
        |> GradNorm.weights config

    law "keeps weights positive, with mean 1" (fun (example: Example) ->
        [ GradNorm.standard; { GradNorm.paper with Form = GradNormForm.Softmax } ]
        |> List.forall (fun config ->
            let weights = learn config 5 example

            abs (Array.average weights - 1.0) < 1e-9
            && Array.forall (fun w -> w > 0.0) weights))

    law "has rates with mean 1" (fun (example: Example) ->
        let first = example.Losses |> Array.rev
        abs (Array.average (GradNorm.ratios GradNorm.paper first example.Losses) - 1.0) < 1e-12)

    law "for α = 0 wants equal norms" (fun (example: Example) ->
        let norms = example.Gradients |> Array.map length
        let config = { GradNorm.paper with Alpha = 0.0 }

        GradNorm.targets config norms example.Losses
        |> Array.forall (fun t -> abs (t - Array.average norms) < 1e-12))

    // Once norms are what the rates of training want, nothing moves.
    law "leaves tasks alone that train alike" (fun seed ->
        let one = random seed 1 5
        let example = { (one |> add one.Gradients[0] 0.0) with Losses = [| 1.0; 1.0 |] }
        alike (learn GradNorm.paper 3 example) [| 1.0; 1.0 |])

    law "gives weight to tasks whose gradients are too short" (fun (example: Example) ->
        // First update: all rates are 1, so that lengths alone decide.
        let weights = learn GradNorm.standard 1 example
        let lengths = example.Gradients |> Array.map length
        let longest = Seq.maxBy (Array.get lengths) (seq { 0 .. example.Tasks - 1 })
        let shortest = Seq.minBy (Array.get lengths) (seq { 0 .. example.Tasks - 1 })
        weights[shortest] >= weights[longest])

    law "does not mind units of a loss" (fun (example: Example) ->
        let first = example.Losses |> Array.rev

        let scaled (xs: float[]) =
            xs |> Array.mapi (fun i x -> (1.0 + float i) * x)

        let ratios = GradNorm.ratios GradNorm.paper
        alike (ratios first example.Losses) (ratios (scaled first) (scaled example.Losses)))
]

let ``weights of losses`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let coefficients surgery example = (solution surgery example).Coefficients

    let bits (xs: float[]) =
        xs |> Array.map System.BitConverter.DoubleToInt64Bits

    // All tasks there; one absent and one whose loss is not a number; in two updates.
    law "are known before gradients, to the same bits" (fun (example: Example) ->
        let spoilt =
            example.Losses |> Array.mapi (fun i loss -> if i = 1 then nan else loss)

        let key = Key.ofSeed example.Seed

        let agree surgery losses (present: bool[]) (state: SurgeryState) =
            use _ = TorchSharp.torch.NewDisposeScope()
            let gradients = TaskGradients.create (tensor example) losses

            let combined =
                Surgery.combine surgery { gradients with Present = present } key state

            let weighed = Surgery.weigh surgery losses present key state
            let numbers = SurgeryState.toArrays >> Seq.collect snd >> Seq.toArray
            let expected = combined.Diagnostics.Coefficients

            bits weighed.Coefficients =
                bits (
                    if expected = [||] then
                        Array.zeroCreate losses.Length
                    else
                        expected
                )
            && bits (numbers weighed.State) = bits (numbers combined.State)
            && weighed.Dropped = combined.Diagnostics.Dropped,
            weighed.State

        methods
        |> List.filter (snd >> _.WeighsLosses)
        |> List.map (fun (name, surgery) ->
            let all = Array.create example.Tasks true
            let some = Array.init example.Tasks (fun i -> i <> 0)

            let first, state = agree surgery example.Losses all (surgery.Start example.Tasks)

            let second, state = agree surgery spoilt some state
            let third, _ = agree surgery spoilt (Array.create example.Tasks false) state
            (first && second && third) |> Prop.label name)
        |> List.reduce (.&.))

    law "are unknown without gradients to a method that looks at them" (fun (example: Example) ->
        methods
        |> List.filter (snd >> _.WeighsLosses >> not)
        |> List.forall (fun (_, surgery) ->
            let state = surgery.Start example.Tasks
            let all = Array.create example.Tasks true

            try
                Surgery.weigh surgery example.Losses all (Key.ofSeed 1L) state |> ignore
                false
            with :? System.ArgumentException ->
                true))

    law "of RLW and FAMO are positive and add up to 1" (fun example ->
        [ Rlw.surgery; Famo.surgery Famo.standard ]
        |> List.forall (fun surgery ->
            let weights = coefficients surgery example
            Array.forall (fun w -> w > 0.0) weights && abs (Array.sum weights - 1.0) < 1e-12))

    law "of RLW are new for a new key" (fun (example: Example) ->
        coefficients Rlw.surgery example
        <> coefficients Rlw.surgery { example with Seed = example.Seed + 1L })

    law "of DWA are 1 while losses fall alike" (fun (example: Example) ->
        let surgery = Dwa.surgery Dwa.paper

        let step (state, _) factor =
            let _, combined =
                combineFrom surgery state {
                    example with
                        Losses = example.Losses |> Array.map ((*) factor)
                }

            combined.State, combined.Diagnostics.Coefficients

        [ 1.0; 0.8; 0.64; 0.512 ]
        |> List.scan step (surgery.Start example.Tasks, Array.create example.Tasks 1.0)
        |> List.forall (fun (_, weights) -> alike weights (Array.create example.Tasks 1.0)))

    law "of DWA grow where losses fall more slowly" (fun (example: Example) ->
        let before = example.Losses
        let last = before |> Array.mapi (fun i x -> x * (0.2 + 0.1 * float i))
        let weights = Dwa.weights Dwa.paper before last

        abs (Array.average weights - 1.0) < 1e-12
        && Array.forall2 (<) weights[.. weights.Length - 2] weights[1..])

    // Two epochs of two updates are one of DWA's; the third then differs.
    testCase "of DWA change once an epoch" (fun () ->
        let surgery = Dwa.surgery { Dwa.paper with Epoch = 2 }
        let example = random 5L 2 3

        let step (state, _) losses =
            let _, combined = combineFrom surgery state { example with Losses = losses }
            combined.State, combined.Diagnostics.Coefficients

        let weights =
            [
                [| 1.0; 1.0 |]
                [| 3.0; 3.0 |]
                [| 1.0; 2.0 |]
                [| 1.0; 2.0 |]
                [| 9.0; 9.0 |]
            ]
            |> List.scan step (surgery.Start 2, [||])
            |> List.map snd

        let expected = Dwa.weights Dwa.paper [| 2.0; 2.0 |] [| 1.0; 2.0 |]
        isTrue (alike weights[4] [| 1.0; 1.0 |])
        isTrue (alike weights[5] expected))

    law "of uncertainty rest where the variance is the loss" (fun (example: Example) ->
        let still = example.Losses |> Array.map log

        UncertaintyWeighting.gradient still example.Losses
        |> Array.forall (fun g -> abs g < 1e-12))

    law "of FAMO move against the tasks that improved most" (fun (example: Example) ->
        let after = example.Losses |> Array.mapi (fun i x -> x * (0.5 + 0.05 * float i))
        let logits = Array.zeroCreate example.Tasks
        let gradient = Famo.logitGradient Famo.standard logits example.Losses after

        abs (Array.sum gradient) < 1e-12
        && gradient[0] > 0.0
        && gradient[example.Tasks - 1] < 0.0)

    // WithTaskEncoder nothing, it takes the next losses for those after the step.
    law "of FAMO learn from the next batch where nothing is told" (fun (example: Example) ->
        let surgery = Famo.surgery Famo.standard
        let next = { example with Losses = example.Losses |> Array.map (fun x -> 0.5 * x * x) }
        let first = (combine surgery example |> snd).State
        let told = Surgery.observe surgery next.Losses first

        let logits state =
            SurgeryState.perTask "logits" (combineFrom surgery state next |> snd).State

        logits told = logits first)

    // One backward pass of the weighted loss gives what these methods make of all gradients.
    law "that need no gradients do not depend on them" (fun (example: Example) ->
        let other = { example with Gradients = example.Gradients |> Array.map (Array.map sin) }

        methods
        |> List.filter (snd >> _.WeighsLosses)
        |> List.map (fun (name, surgery) ->
            coefficients surgery example = coefficients surgery other |> Prop.label name)
        |> List.reduce (.&.))
]
