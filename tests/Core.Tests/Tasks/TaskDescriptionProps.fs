module MtrlFunctional.Tests.Tasks.TaskDescriptionProps

open Expecto
open Expecto.Flip
open System
open System.Text.RegularExpressions
open FsCheck.FSharp
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Tasks.Formula
open MtrlFunctional.Tests.Tasks.Evaluation

/// Parsed formulas of a task, cached.
type private Read = {
    Prepared: Assignment list
    Formula: Assignment list
    FormulaV1: Assignment list
    Observed: (Expression * string) list
}

/// The formulas of each task agree with its functions.
let ``the description of a task`` = [
    let law name =
        testLaw (LongForm.count 500 2500) [ typeof<Scenarios> ] name

    let read =
        Benchmarks.tasks
        |> List.map (fun task ->
            let description = TaskDocuments.ofTask task

            task.Name,
            {
                Prepared = parse description.Prepared
                Formula = parse description.Formula
                FormulaV1 = parse description.FormulaV1
                Observed =
                    description.Observed
                    |> List.map (fun observed ->
                        Formula.read observed.Position, observed.Orientation)
            })
        |> Map.ofList

    let begun (s: Scenario) =
        let world = { Of = s; Now = { s.Step with Scene = s.Placed }; Names = Map.empty }

        { world with Names = assign read[s.Task.Name].Prepared world }

    let near a b =
        match a, b with
        | One x, One y -> abs (x - y) <= 1e-9 * (1.0 + abs x)
        | Many xs, Many ys -> List.forall2 (fun x y -> abs (x - y) <= 1e-9) xs ys
        | _ -> false

    let agree (s: Scenario) said done' =
        near said done'
        |> Prop.label $"{s.Task.Name}: the page says {said}, the task {done'}"

    law "agree on the initial object and target" (fun (s: Scenario) ->
        let names = (begun s).Names

        (agree s names["start"] (ofVec s.Episode.ObjectInit))
        .&. (agree s names["target"] (ofVec (s.Episode.Target s.Placed))))

    law "agree on rejected randomisation vectors" (fun (s: Scenario) ->
        Prop.forAll (Scenario.vector s.Task |> Arb.fromGen) (fun random ->
            let names = (begun { s with Random = random }).Names
            let accepted = names |> Map.tryFind "accepted" |> Option.defaultValue (One 1.0)
            agree s accepted (One(if s.Task.Accepts random then 1.0 else 0.0))))

    let truth yes = One(if yes then 1.0 else 0.0)

    law "agree on reward and success" (fun (s: Scenario) ->
        let names = assign read[s.Task.Name].Formula { begun s with Now = s.Step }
        let outcome = s.Episode.Evaluate s.Step

        ((agree s names["reward"] (One outcome.Reward))
         .&. (agree s names["success"] (truth outcome.Success)))
        |> Prop.classify outcome.Success "success")

    law "agree on the reward of version 1" (fun (s: Scenario) ->
        let formulas = read[s.Task.Name].FormulaV1
        let names = assign formulas { begun s with Now = s.Step }
        let outcome = s.Episode.EvaluateV1 s.Step
        let success = formulas |> List.exists (fun line -> line.Target = "success")

        (agree s names["reward"] (One outcome.Reward))
        .&. (not success || near names["success"] (truth outcome.Success)))

    law "agree on the observed objects" (fun (s: Scenario) ->
        let world = { begun s with Now = s.Step }
        let frame = Observation.frame s.Task s.Step.Scene

        let turned text =
            match text with
            | "" -> Orientation.none
            | _ ->
                match Formula.read text with
                | Tuple _ as numbers ->
                    match evaluate world numbers with
                    | Many [ a; b; c; d ] -> { A = a; B = b; C = c; D = d }
                    | other -> failwith $"{other}"
                | place -> (Snapshot.pose (element place).Value s.Step.Scene).Orientation

        let said = [
            for place, orientation in read[s.Task.Name].Observed do
                let q = turned orientation

                match evaluate world place with
                | Many p -> yield! p @ [ q.A; q.B; q.C; q.D ]
                | One _ -> failwith s.Task.Name
        ]

        let said = said @ List.replicate (14 - said.Length) 0.0
        agree s (Many said) (Many(List.ofArray frame[4..])))

    // All numbers in some lines, including computed ones: "pi / 24".
    let numbers (lines: string list) = [
        for line in lines do
            for m in Regex.Matches(line, @"(pi / )?(\d+(\.\d+)?)") do
                let x = Double.Parse m.Groups[2].Value
                if m.Groups[1].Success then 180.0 / x else 100.0 * x
    ]

    testCase "hold no length or angle that the formula does not hold" (fun () ->
        for task in Benchmarks.tasks do
            let known = numbers (TaskDocuments.ofTask task).Formula

            for m in
                Regex.Matches((TaskDocuments.ofTask task).Succeeds, @"(\d+(\.\d+)?) (cm|degrees)") do
                let said = Double.Parse m.Groups[1].Value
                let found = known |> List.exists (fun x -> abs (x - said) < 1e-9)
                Expect.isTrue $"{task.Name}: {said}" (found || task.Name = "disassemble-v3"))

    testCase "have all parts" (fun () ->
        for task in Benchmarks.tasks do
            let description = TaskDocuments.ofTask task

            let complete =
                description.Succeeds.EndsWith '.'
                && not description.Observed.IsEmpty
                && description.Observed.Length <= 2
                && not description.Prepared.IsEmpty
                && (List.last (parse description.Formula)).Target = "reward"
                && (List.last (parse description.FormulaV1)).Target = "reward"

            Expect.isTrue task.Name complete)
]
