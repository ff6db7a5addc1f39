module MtrlFunctional.Tests.Tasks.DmControlPageTests

open Expecto
open Expecto.Flip
open System
open MtrlFunctional.Randomness
open MtrlFunctional.Cli.Play
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests.Tasks.Formula
open MtrlFunctional.Tests.Tasks.Evaluation

/// The texts of the pages agree with the functions of the tasks.
let ``the page of a task of DeepMind Control`` = [
    let rows = 2000

    let names = DmControlTasks.standard |> List.map DmControlTask.fullName

    let task name =
        DmControlTasks.standard |> List.find (fun t -> DmControlTask.fullName t = name)

    // Numbers at which rewards change, and numbers of all sizes from distances to speeds.
    let draw count row =
        let key = Key.ofSeed 5L |> Key.at (int64 row)
        let scale = [| 0.05; 0.3; 1.0; 3.0; 20.0 |][row % 5]
        let special = [| 0.0; 0.2; 0.25; 0.995; 0.999; 1.0; 1.2; -15.0; 10.0 |]

        Array.init count (fun i ->
            let key = Key.at (int64 i) key

            if Key.below 2 (Key.forPurpose "kind" key) = 0 then
                special[Key.below special.Length key]
            else
                scale * (2.0 * Key.uniform key - 1.0))

    let formula name =
        let names, lines = TaskText.rewardOfControl (TaskDocuments.read $"{name}.md")
        names, parse lines

    let valueOf lines names result =
        let world = {
            Of = Unchecked.defaultof<_>
            Now = Unchecked.defaultof<_>
            Names = Map(("pi", One Math.PI) :: names)
        }

        (assign lines world)[result]

    let reward (names: string list, lines) (numbers: float[]) =
        let values = List.zip names [ for x in numbers -> One x ]

        match valueOf lines values "reward" with
        | One reward -> reward
        | Many _ -> failwith "a reward is one number"

    testTheory "has the formula of the reward" names (fun name ->
        let task, formula = task name, formula name
        let mutable rewarded = 0

        for row in 0 .. rows - 1 do
            let numbers = draw task.Reward.Of.Length row
            let expected = task.Reward.Value.Invoke(ReadOnlySpan numbers)
            let written = reward formula numbers

            if expected > 0.0 then
                rewarded <- rewarded + 1

            let all = String.Join(", ", numbers)
            written |> Expect.isWithin $"{name} of {all}" 1e-9 expected

        rewarded |> isInRange 10 rows)

    testTheory "has the formula of each computed observation" names (fun name ->
        let computed =
            (task name).Observation
            |> List.collect _.Terms
            |> List.choose (function
                | Term.Computed(text, formula) -> Some(text, formula)
                | Term.Read _ -> None)

        for text, formula in computed do
            let x = draw formula.Of.Length 1 |> Array.map abs
            let value = formula.Value.Invoke(ReadOnlySpan x)

            match valueOf (parse [ $"value = {text}" ]) [ "x", Many(List.ofArray x) ] "value" with
            | One written -> written |> isWithin 1e-12 value
            | Many _ -> failwith $"{text} is one number")
]
