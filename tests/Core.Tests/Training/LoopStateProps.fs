module MtrlFunctional.Tests.Training.LoopStateProps

open System
open Expecto
open FsCheck.FSharp
open MtrlFunctional.Training

/// A step of two tasks: what each gives, and whether its episode is over.
type TwoSteps = { Steps: struct (float * Nullable<bool>) voption[]; Ended: bool[] }

type Played =
    static member TwoSteps() =
        let step =
            gen {
                let! reward = Gen.choose (-100, 100)
                let! success = Gen.elements [ Nullable true; Nullable false; Nullable() ]
                let! stable = Gen.frequency [ 9, Gen.constant true; 1, Gen.constant false ]

                return
                    if stable then
                        ValueSome(struct (float reward, success))
                    else
                        ValueNone
            }

        gen {
            let! steps = Gen.arrayOfLength 2 step
            let! ended = Gen.arrayOfLength 2 (Gen.elements [ false; false; true ])
            return { Steps = steps; Ended = ended }
        }
        |> Arb.fromGen

let ``the state of a loop`` = [
    let law name = testLaw 200 [ typeof<Played> ] name

    let play (steps: TwoSteps list) =
        steps
        |> List.fold (fun state s -> LoopState.stepped s.Steps s.Ended state) (LoopState.start 2)

    // Bits, so that NaN equals itself.
    let same = Array.map BitConverter.DoubleToInt64Bits

    let numbers tally = same (TaskTally.toNumbers tally)

    let bits state =
        LoopState.named state |> List.map (fun (name, numbers) -> name, same numbers)

    law "counts the steps, and those that the physics lost" (fun steps ->
        let state = play steps

        state.Step = int64 steps.Length
        && state.UnstableSteps =
            (steps |> Seq.collect _.Steps |> Seq.filter _.IsNone |> Seq.length |> int64))

    law "has of each task the episodes of its own steps" (fun steps ->
        let state = play steps

        [ 0; 1 ]
        |> List.forall (fun task ->
            let own =
                steps
                |> List.map (fun s -> {
                    Steps = Array.create 2 s.Steps[task]
                    Ended = Array.create 2 s.Ended[task]
                })

            numbers state.Finished[task] = numbers (play own).Finished[1 - task]))

    law "is the same from its numbers" (fun steps (values: int list) ->
        let measured =
            values
            |> List.fold
                (fun state value -> LoopState.measure $"m{value % 3}" (float value) state)
                (play steps |> LoopState.startInterval |> LoopState.evaluated)

        let numbers =
            dict (("reward_scales", LoopState.rewardNumbers measured) :: LoopState.named measured)

        let restored =
            Func<string, float[]>(fun name -> numbers[name])
            |> LoopState.ofNamed 2 (LoopState.measurements measured)

        bits restored = bits measured
        && LoopState.measurements restored = LoopState.measurements measured)
]
