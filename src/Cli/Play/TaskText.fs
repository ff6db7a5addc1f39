/// What the page of a task of Meta-World, docs/tasks/NAME.md, says of it: sentences, and formulas in the syntax of
/// Python's expressions. A test compares the formulas with the task; docs/tasks/README.md defines their names and
/// functions. A line that begins with a space continues the one before.
module MtrlFunctional.Cli.Play.TaskText

open System.Text.RegularExpressions

/// An observed object: its name in formulas ("puck"), the formula of its position ("body('obj')"), and the element of
/// its orientation; empty: four zeros.
type Observed = { Name: string; Position: string; Orientation: string }

type TaskText = {
    /// When a step counts as success: a sentence.
    Succeeds: string
    /// In the order of the observation.
    Observed: Observed list
    /// Values fixed at the start of an episode: assignments of "start", "target" and others; with
    /// rejection sampling also "accepted".
    Prepared: string list
    /// Assignments, among them "success" and, last, "reward" of version 2.
    Formula: string list
    /// The same for version 1; "success" only where it differs.
    FormulaV1: string list
}

/// A function used in the formulas: "near(x, radius, margin)", and its assignments; the last one to the function's name.
type Notation = { Signature: string; Lines: string list }

let private linesOf (text: string) = List.ofArray (text.Split '\n')

/// The lines below a heading of a level, "##", up to the next of that level. Raises ArgumentException where the page has none.
let private below level heading (lines: string list) =
    match lines |> List.skipWhile ((<>) $"{level} {heading}") with
    | [] -> invalidArg (nameof lines) $"{lines.Head}: has no section '{heading}'."
    | _ :: rest -> rest |> List.takeWhile (fun line -> not (line.StartsWith $"{level} "))

let private section heading lines = below "##" heading lines

/// The blocks of code in some lines.
let rec private code lines =
    match lines |> List.skipWhile ((<>) "```python") with
    | [] -> []
    | _ :: rest -> List.takeWhile ((<>) "```") rest :: code (List.skipWhile ((<>) "```") rest)

/// The text of the groups of a pattern in the first line that has it.
let private found pattern lines =
    lines
    |> List.map (fun line -> Regex.Match(line, pattern))
    |> List.tryFind _.Success
    |> Option.map (fun found -> [ for group in Seq.skip 1 found.Groups -> group.Value ])

let read page =
    let lines = linesOf page
    let numbers = section "Observation" lines

    let observed place turn =
        match found $@"^\| {place} \| `(\w+)`: `(.*)` \|$" numbers with
        | Some [ name; position ] ->
            let turned = found $@"^\| {turn} \| orientation.*: `(.*)` \|$" numbers

            Some {
                Name = name
                Position = position
                Orientation = turned |> Option.fold (fun _ -> List.head) ""
            }
        | _ -> None

    match code (section "Reward" lines) with
    | [ formula; formulaV1 ] -> {
        Succeeds = section "Success" lines |> List.find ((<>) "")
        Observed = List.choose id [ observed "4–6" "7–10"; observed "11–13" "14–17" ]
        Prepared = code (section "Beginning of an episode" lines) |> List.exactlyOne
        Formula = formula
        FormulaV1 = formulaV1
      }
    | blocks -> invalidArg (nameof page) $"{lines.Head}: {blocks.Length} rewards, there are two."

/// The reward of a task of DeepMind Control by its page, docs/tasks/NAME.md: the names of the numbers that it reads, in the
/// order of the task's, and the assignments, the last one to "reward".
let rewardOfControl page =
    let reward = section "Reward" (linesOf page)

    [
        for line in reward do
            match found @"^\| `(\w+)` \|" [ line ] with
            | Some [ name ] -> name
            | _ -> ()
    ],
    List.exactlyOne (code reward)

/// The functions of all formulas, by the heading of the index that they are under.
let notations index title =
    linesOf index
    |> below "###" title
    |> fun lines ->
        let signatures =
            lines |> List.choose (fun line -> found @"^`(\w+\(.*?\))`: " [ line ])

        List.map2
            (fun signature lines -> { Signature = List.head signature; Lines = lines })
            signatures
            (code lines)

/// The first word of the heading of the index that each task is under, by name: "Pressing".
let kinds index =
    (("", []), linesOf index)
    ||> List.fold (fun (kind, tasks) line ->
        if line.StartsWith "## " then
            line.Split(' ')[1], tasks
        else
            match found @"^\| \[([\w-]+)\]\(" [ line ] with
            | Some [ task ] -> kind, (task, kind) :: tasks
            | _ -> kind, tasks)
    |> snd
    |> Map.ofList
