module MtrlFunctional.Cli.Tests.Commands.ListTests

open Expecto
open System.Text.Json
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Tests

let ``rows of lists`` = [
    let listing: Grid = {
        Headings = [ "preset"; "description"; "measured" ]
        Lines = [
            [ "fast/mt10"; "MT-PPO on MT10"; "97 to 100 % of 500 goals" ]
            [ "fast/mt50"; "MT-PPO on MT50: networks of 400 units"; "-" ]
        ]
    }

    testCase "shows the rows that have all words" (fun () ->
        let lines =
            (Capture.finished [ "list"; "presets"; "FAST"; "mt10" ]).Trim().Split '\n'

        let expected =
            Presets.all |> List.filter (fun one -> one.Name.StartsWith "fast/mt10")

        expected.Length |> isAbove 1

        for preset in expected do
            lines |> Array.filter _.StartsWith(preset.Name + " ") |> hasLength 1

        for line in Array.tail lines do
            line.ToLowerInvariant() |> containsAll [ "fast"; "mt10" ])

    testCase "shows those that have a cell in the column of a word" (fun () ->
        let listed =
            Capture.finished [ "list"; "tasks"; "mt10"; "--json" ] |> JsonDocument.Parse

        [ for row in listed.RootElement.EnumerateArray() -> Json.text "task" row ]
        |> isPermutationOf TaskNames.mt10)

    testCase "is an array for programs" (fun () ->
        let listed =
            Capture.finished [ "list"; "tasks"; "door"; "--json" ] |> JsonDocument.Parse

        let names = [ for row in listed.RootElement.EnumerateArray() -> Json.text "task" row ]

        names
        |> isPermutationOf [ "door-close-v3"; "door-lock-v3"; "door-open-v3"; "door-unlock-v3" ])

    testTheory "fits the terminal" [ 70; 50; 40 ]
    <| fun width ->
        let frame columns = 3 * columns + 1
        let fitted = Listing.fitting width frame listing

        let widest =
            List.transpose fitted.Lines |> List.map (List.map String.length >> List.max)

        List.sum widest + frame 3 |> isAtMost width

        // Names stay whole.
        List.map List.head fitted.Lines |> equals [ "fast/mt10"; "fast/mt50" ]
        fitted.Lines[1][1] |> endsWith "…"

    testCase "keeps names whole, however long" (fun () ->
        let name = "ptsl/mt-sac-ptsl-mt10-analysis-of-projections"

        let fitted =
            Listing.fitting 60 ((*) 3) {
                listing with
                    Lines = [ [ name; "MT-SAC with PTSL as in the PTSL paper"; "23 %" ] ]
            }

        fitted.Lines[0][0] |> equals name
        List.item 1 fitted.Lines[0] |> String.length |> isAtMost 8)

    testCase "cuts nothing where there is room" (fun () ->
        Listing.fitting 200 ((*) 3) listing |> equals listing)
]

let ``mtrl list`` = [
    let list words =
        Capture.run (fun () -> (ListCommand.command false).Run words)
        |> Capture.succeeds
        |> _.Out

    testTheory "prints a line for each" [
        "tasks", "reach-v3 "
        "envs", "metaworld-mt10 "
        "agents", "state_sac "
        "presets", "fast/mt10 "
    ]
    <| fun (topic, part) ->
        let printed = list [ topic ]
        printed |> contains part
        printed |> lacks "│"

    testCase "all tasks of Meta-World, ten of them first, then those of DeepMind Control" (fun () ->
        let lines = (list [ "tasks" ]).TrimEnd().Split '\n'
        lines |> hasLength (1 + 50 + 19)
        lines[0] |> matches "^task +MT10  MT50  objective$"
        lines[10] |> startsWith "window-close-v3"
        lines[51] |> matches "^acrobot-swingup +-     -     \w+"
        lines[1..] |> Array.map _.EndsWith('.') |> areAll true)

    testCase "without a topic prints the topics" (fun () ->
        list [] |> contains "mtrl list presets  ")

    Capture.refusals "names the nearest topic, or words that no row has" [
        "list taks", "taks: no such list. Nearest: tasks."
        "list presets fsat", "fsat: no row of presets has it."
    ]
]
