namespace MtrlFunctional.Tasks.Classic

open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// Task states of a run.
type TaskSets = {
    /// Task states of the training.
    Train: float[][]
    /// Task states of the evaluation.
    Test: float[][]
}

/// Draws of task states. Training states are in a box, the middle part of the range of each number,
/// whose sides are `share` of the ranges, in (0, 1]; evaluation states are outside the box, or anywhere
/// where the box is the whole space.
module TaskSets =
    let private attempts = 1_000_000

    /// `count` task states; each is the first of its draws that is wanted.
    let private where isWanted (rules: Rules<'task, 'state>) count key =
        let state (i: int) =
            let first = Key.at (int64 i) key
            let again = Key.forPurpose "again" first

            let draws =
                seq {
                    first
                    yield! Seq.init attempts (fun n -> Key.at (int64 n) again)
                }

            draws
            |> Seq.map rules.SampleTask
            |> Seq.tryFind isWanted
            |> Option.defaultWith (fun () ->
                invalidOp $"None of {attempts} draws is in the box, or none outside it.")

        Array.init count state

    let private inside share (rules: Rules<'task, 'state>) count seed =
        Key.ofSeed seed
        |> Key.forPurpose "task"
        |> where (TaskSpace.isInMiddle share rules.TaskStates) rules count

    let private outside share (rules: Rules<'task, 'state>) count seed =
        let isOutside =
            if share < 1.0 then
                TaskSpace.isInMiddle share rules.TaskStates >> not
            else
                fun _ -> true

        Key.ofSeed seed |> Key.forPurpose "task/test" |> where isOutside rules count

    let private shuffled (states: float[][]) seed =
        Shuffle.keyed (Key.ofSeed seed |> Key.forPurpose "task") states
        states

    let private all count =
        Array.init count (fun i -> [| float i |])

    let private refuseMore wanted count =
        if wanted > count then
            invalidArg (nameof count) $"There are {count} task states, not {wanted}."

    /// `train` task states, and `test` others; where `test` is 0, the evaluation has the training
    /// states. Neither set depends on the size of the other. States of a finite space are drawn without
    /// replacement.
    /// Raises ArgumentException where a finite space has fewer than `train` + `test` states.
    [<CompiledName("Draw")>]
    let draw (rules: Rules<'task, 'state>) share (seed: int64) train test : TaskSets =
        let trained, others =
            match rules.TaskStates with
            | TaskSpace.Box _ -> inside share rules train seed, outside share rules test seed
            | TaskSpace.Discrete count ->
                let states = shuffled (all count) seed
                refuseMore (train + test) count
                states[.. train - 1], Array.rev states |> Array.truncate test

        { Train = trained; Test = (if test = 0 then trained else others) }

    /// `count` task states that are not trained on, drawn by a seed; of a `TaskSpace.Box`, the seed of `draw` draws its
    /// test states. Raises ArgumentException where a finite space has fewer.
    [<CompiledName("Others")>]
    let internal others
        (rules: Rules<'task, 'state>)
        share
        (trained: float[][])
        (seed: int64)
        count
        =
        match rules.TaskStates with
        | TaskSpace.Box _ -> outside share rules count seed
        | TaskSpace.Discrete states ->
            let left = all states |> Array.except trained
            refuseMore count left.Length
            Array.truncate count (shuffled left seed)
