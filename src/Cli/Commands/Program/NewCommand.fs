/// `mtrl new task NAME`: begins a task of one's own, as a script with its model.
module MtrlFunctional.Cli.Commands.NewCommand

open System
open System.IO
open System.Text.RegularExpressions
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Pages

type Options =
    | [<MainCommand; ExactlyOnce>] What of ``task-NAME``: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | What _ -> "'task' and its name: writes NAME.fsx and NAME.xml into this folder"

/// Names that files, keys and modules of F# can have.
let private allowed = Regex @"^[A-Za-z][A-Za-z0-9_]{0,39}\z"

/// A file of the template `mtrl-task` with the task's name, and with the libraries of this program.
let private filled (name: string) ending =
    let text = EmbeddedFiles.text $"new/Mtrl-task{ending}"

    Regex.Replace(
        text.Replace("Mtrl-task", name),
        "(?m)^#r \"nuget:.*$",
        MatchEvaluator(fun _ -> $"#load @\"{AppContext.BaseDirectory}references.fsx\"")
    )

let private write (name: string) =
    if not (allowed.IsMatch name) then
        refuse
            $"{name}: is no name of a task; it begins with a letter and has letters, digits and underscores, at most 40."

    let files = [ for ending in [ ".fsx"; ".xml" ] -> name + ending, filled name ending ]

    for file, _ in files do
        if Path.Exists file then
            refuse $"{file}: is there already. Name another task, or remove it."

    try
        for file, text in files do
            OutputFile.WriteText(Command.checkedFile "new task" file, text)
    with _ ->
        for file, _ in files do
            File.Delete file

        reraise ()

    printfn $"{name}.fsx, {name}.xml: an arm that learns to reach its goal\n\nNext:"

    let next = [
        $"dotnet fsi {name}.fsx", $"trains in about a minute, then films the policy: {name}.gif"
        Launcher.command [ "eval"; $"runs/{name}/seed-1"; "--with"; $"{name}.fsx" ],
        "success in each task"
        Launcher.command [ "play"; $"runs/{name}/seed-1"; "--with"; $"{name}.fsx" ],
        "the policy in the browser"
    ]

    let width = next |> List.map (fst >> String.length) |> List.max

    for command, what in next do
        printfn $"    {command.PadRight width}  {what}"

    ExitCode.Done

let private run (options: ParseResults<Options>) =
    match options.GetResult What with
    | [ "task"; name ] -> write name
    | words ->
        let given = String.concat " " words

        refuse $"mtrl new {given}: write 'mtrl new task NAME', such as 'mtrl new task arm'."

let command =
    Command.define
        "new"
        "Begins a task of your own: a script with its model, which learns in a minute."
        [ "mtrl new task arm" ]
        run
