module MtrlFunctional.Cli.Tests.Programs.NotebookTests

open Expecto
open System
open System.Diagnostics
open System.IO
open System.Text.Json
open MtrlFunctional.Tests

/// A program that runs cells, by lines of JSON at its input and output. Dispose ends it.
type private Notebook(program: string, folder: string) =
    let info =
        ProcessStartInfo(
            program,
            [ "stdio"; "--default-kernel"; "fsharp"; "--working-dir"; folder ],
            RedirectStandardInput = true,
            RedirectStandardOutput = true
        )

    do info.Environment["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] <- "1"
    let running = nonNull (Process.Start info)
    let mutable cells = 0

    /// The next event of a cell: its name and content.
    let rec next token =
        match running.StandardOutput.ReadLine() with
        | null -> failtest "The program ended."
        | line when line.StartsWith '{' && line.Contains $"\"token\":\"{token}\"" ->
            let message = JsonDocument.Parse(line).RootElement
            string (message.GetProperty("eventType").GetString()), message.GetProperty "event"
        | _ -> next token

    /// What a cell shows, as HTML or text; an error fails the test.
    member _.Run(code: string) =
        cells <- cells + 1
        let token = $"cell-{cells}"

        running.StandardInput.WriteLine(
            JsonSerializer.Serialize {|
                token = token
                commandType = "SubmitCode"
                command = {| code = code; targetKernelName = "fsharp" |}
            |}
        )

        running.StandardInput.Flush()

        let rec shown found =
            match next token with
            | "CommandSucceeded", _ -> List.rev found |> String.concat "\n"
            | "CommandFailed", content -> failtest $"{code}\n{content}"
            | "ReturnValueProduced", content ->
                shown [
                    for value in content.GetProperty("formattedValues").EnumerateArray() do
                        string (value.GetProperty("value").GetString())
                    yield! found
                ]
            | _ -> shown found

        shown []

    interface IDisposable with
        member _.Dispose() =
            running.Kill(entireProcessTree = true)
            running.Dispose()

/// The code of the cells of a notebook.
let private cellsOf (file: string) =
    let cells =
        JsonDocument.Parse(File.ReadAllText file).RootElement.GetProperty("cells")

    [
        for cell in cells.EnumerateArray() do
            if cell.GetProperty("cell_type").GetString() = "code" then
                [
                    for line in cell.GetProperty("source").EnumerateArray() ->
                        string (line.GetString())
                ]
                |> String.concat ""
    ]

/// Minutes: .NET Interactive is installed from NuGet, and compiles each cell.
let ``the notebook`` =
    let version = "1.0.712001"

    /// .NET Interactive in a folder; the test is skipped where it cannot be had.
    let installed folder =
        let words =
            Words.split
                $"tool install Microsoft.dotnet-interactive --version {version} --tool-path {folder}"

        match ChildProcess.execute "dotnet" words [] with
        | 0, _, _ -> Path.Combine(folder, "dotnet-interactive")
        | _, out, err -> skiptest $"Microsoft.dotnet-interactive is not installed: {out}{err}"

    let file = Path.Combine(Repository.root, "samples", "Notebook", "first-steps.ipynb")

    [
        testCase "keeps no results" (fun () ->
            File.ReadAllText file |> lacks "\"execution_count\": 1"

            for cell in
                JsonDocument
                    .Parse(File.ReadAllText file)
                    .RootElement.GetProperty("cells")
                    .EnumerateArray() do
                match cell.TryGetProperty "outputs" with
                | true, outputs -> outputs.GetArrayLength() |> equals 0
                | _ -> ())

        if LongForm.isAsked then
            testCase "plays, trains and draws" (fun () ->
                let folder = TestFolder.create "notebook"
                use notebook = new Notebook(installed (Path.Combine(folder, "tools")), folder)

                let shown = [
                    for cell in cellsOf file do
                        cell.Replace("../../", Repository.root + "/").Replace("80_000", "4_000")
                        |> notebook.Run
                ]

                let all = String.concat "\n" shown
                all |> matches @"<b>(not )?solved</b> in \d+ steps, return "

                all
                |> containsAll [ "peg-insert-side-v3"; "<polyline points="; "Success in training" ])
    ]
