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

    law "of RLW are new for a new key" (fun (example: Example) ->
        coefficients Rlw.surgery example
        <> coefficients Rlw.surgery { example with Seed = example.Seed + 1L })

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
