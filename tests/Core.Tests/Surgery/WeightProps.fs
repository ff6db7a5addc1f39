module MtrlFunctional.Tests.Surgery.WeightProps

open Expecto
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open Examples

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
]
