/// `mtrl list [TOPIC]`: the available values of a topic, or the topics.
module MtrlFunctional.Cli.Commands.ListCommand

open Argu
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Surgery
open MtrlFunctional.Policies
open MtrlFunctional.Tasks
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Tables.Listing
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand>] Topic of ``topic-and-words``: string list
    | Json

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Topic _ ->
                "presets, tasks, envs, agents, surgery or policies, and words that a row has; without a topic, the topics are listed"
            | Json -> "print an array of objects, for programs"

let private presets () : Grid = {
    Headings = [ "preset"; "description"; "duration"; "measured" ]
    Lines = [
        for preset in Additions.presets (Given.additions ()) do
            match preset.Measured with
            | Some measured -> [ preset.Name; preset.About; measured.Duration; measured.Result ]
            | None -> [ preset.Name; preset.About; nothing; nothing ]
    ]
}

/// What a task of Meta-World or DeepMind Control asks for.
let private objective name =
    match MetaWorld.Benchmarks.find name, DmControl.DmControlTasks.find name with
    | Ok task, _ -> task.Objective
    | _, Ok task -> task.Description
    | Error _, Error _ -> ""

let private tasks () : Grid = {
    Headings = [ "task"; "MT10"; "MT50"; "objective" ]
    Lines =
        let index name list =
            match List.tryFindIndex ((=) name) list with
            | Some i -> string i
            | None -> nothing

        [
            for name in TaskNames.mt50 ->
                [ name; index name TaskNames.mt10; index name TaskNames.mt50; objective name ]
            for name in TaskNames.dmControl -> [ name; nothing; nothing; objective name ]
        ]
}

let private envs () : Grid = {
    Headings = [ "env"; "tasks"; "description" ]
    Lines = [
        for env in Additions.environments (Given.additions ()) do
            // The tasks of some are chosen by env.tasks alone.
            let count =
                if env.Tasks = Some [] && not env.Family.HasVariants then
                    nothing
                else
                    string env.Count

            [ env.Name; count; env.About ]
    ]
}

let private agents () : Grid =
    let surgery method' =
        if method' = SurgeryWord.None then
            ""
        else
            $", agent.surgery.method={method'}"

    {
        Headings = [ "agent"; "description"; "defaults of" ]
        Lines = [
            for agent in Additions.agents (Given.additions ()) ->
                [
                    agent.Name
                    agent.Family.Title + surgery agent.Surgery
                    (if agent.State then "state agent" else "pixel agent")
                ]
        ]
    }

let private surgery () : Grid = {
    Headings = [ "agent.surgery.method"; "description" ]
    Lines = [ for word, what in Methods.described -> [ word; what ] ]
}

let private policies () : Grid = {
    Headings = [ "policy"; "result"; "description"; "licence" ]
    Lines = [
        for name in ShippedPolicies.Names do
            match ShippedPolicies.Describe name with
            | _, null -> ()
            | licence, card -> [ name; card.Result; card.Description; licence ]
    ]
}

let private topics = [
    "presets", "experiments by name: preset=NAME", presets
    "tasks", "tasks of Meta-World and DeepMind Control", tasks
    "envs", "environments: env=NAME", envs
    "agents", "agents: agent=NAME", agents
    "surgery", "methods of gradient surgery: agent.surgery.method=NAME", surgery
    "policies", "trained policies of the program: policy:NAME", policies
]

let private lists () : Grid = {
    Headings = [ "list"; "content" ]
    Lines = [ for name, content, _ in topics -> [ $"mtrl list {name}"; content ] ]
}

/// Columns of a table with borders have these around them.
let private borders columns = 3 * columns + 1

let private rich (listing: Grid) =
    let listing = Listing.fitting AnsiConsole.Profile.Width borders listing
    let table = Table().Border(TableBorder.Rounded)

    for column in listing.Headings do
        table.AddColumn(Markup.Escape column) |> ignore

    for row in listing.Lines do
        table.AddRow(row |> List.map Markup.Escape |> Array.ofList) |> ignore

    AnsiConsole.Write table

/// The command; prints a table with borders on a terminal, plain columns otherwise.
let command isTerminal =
    let print isJson listing =
        if isJson then printfn $"{Listing.json listing}"
        elif isTerminal then rich listing
        else printf $"{Listing.text listing}"

        ExitCode.Done

    let names = [ for name, _, _ in topics -> name ]

    let show isJson topic words =
        match topics |> List.tryFind (fun (name, _, _) -> name = topic) with
        | Some(_, _, listing) ->
            let listing = listing ()
            let found = Listing.matching words listing

            if found.Lines.IsEmpty then
                let all = String.concat " " words
                let near = MtrlFunctional.Nearest.hint (List.map List.head listing.Lines) all

                refuseAll [
                    $"{all}: no row of {topic} has it.{near} 'mtrl list {topic}' lists all."
                ]

            print isJson found
        | None -> refuseAll [ noneOf names "no such list" topic ]

    let run (options: ParseResults<Options>) =
        let words = options.GetResults Topic |> List.concat
        let isJson = options.Contains Json

        match words with
        | topic :: words -> show isJson topic words
        | [] -> print isJson (lists ())

    Command.define
        "list"
        "Lists presets, tasks, environments, agents, methods of gradient surgery or shipped policies."
        [
            "mtrl list presets"
            "mtrl list presets fast mt10"
            "mtrl list tasks door --json"
            "mtrl list agents"
        ]
        run
    |> Command.completing (fun () -> [ for name, _, _ in topics -> name ])
