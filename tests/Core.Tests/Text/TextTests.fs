module MtrlFunctional.Tests.Text.TextTests

open Expecto
open MtrlFunctional

let ``nearest names`` = [
    testTheory "each edit counts once" [
        "mutlitask", "multitask", 1
        "discont", "discount", 1
        "Seed", "seed", 0
        "", "abc", 3
    ]
    <| fun (given, meant, edits) -> Nearest.distance given meant |> equals (edits: int)

    testCase "the nearest name comes first, and far ones are left out" (fun () ->
        let candidates = [ "reach-v3"; "reach-wall-v3"; "push-v3"; "window-open-v3" ]

        Nearest.names 3 candidates "raech-v3" |> equals [ "reach-v3" ]

        Nearest.names 3 candidates "reach"
        |> List.ofSeq
        |> equals [ "reach-v3"; "reach-wall-v3" ]

        Nearest.names 3 candidates "quixotic" |> isEmpty)

    testCase "a hint is empty where no name is near" (fun () ->
        Nearest.hint [ "seed" ] "sede" |> equals " Nearest: seed."
        Nearest.hint [ "seed" ] "quixotic" |> equals "")

    testTheory "may be the begin of the word" [ "evaluate", [ "eval" ]; "trainer", [ "train" ] ]
    <| fun (given, names) -> Nearest.names 3 [ "eval"; "train"; "export" ] given |> equals names

    testCase "may be a part of a name without the signs of the word" (fun () ->
        Nearest.hint [ "metaworld-mt1"; "metaworld-mt10"; "dmc-19" ] "MT-10"
        |> equals " Nearest: metaworld-mt10.")

    testCase "of an option are those of which it is a word" (fun () ->
        Nearest.hint [ "--step"; "--goal-seed" ] "--seed"
        |> equals " Nearest: --goal-seed, --step.")
]

let ``a path as people write it`` = [
    let variables = Map [ "HOME", "/home/ada"; "SCRATCH", "/scratch"; "EMPTY", "" ]

    let expand path =
        UserPath.expand (fun name -> Map.tryFind name variables) path

    testTheory "has its home folder and its variables filled in" [
        "~", "/home/ada"
        "~/runs", "/home/ada/runs"
        "$HOME/runs", "/home/ada/runs"
        "${HOME}/runs", "/home/ada/runs"
        "~/$EMPTY/a", "/home/ada//a"
        "$SCRATCH/a/$SCRATCH", "/scratch/a//scratch"
        "runs/a~b", "runs/a~b"
        "runs/~", "runs/~"
        "policy:mt10", "policy:mt10"
        "", ""
    ]
    <| fun (path, expected) -> expand path |> equals (Some expected)

    testTheory "is refused where something is not known" [
        "~bob/runs"
        "$NONE/runs"
        "a$"
        "a/${NONE}"
        "${HOME/runs"
    ]
    <| fun path -> expand path |> equals None
]

let ``a command in a message`` = [
    let resume run = Shell.command [ "mtrl"; "resume"; run ]

    testTheory "has one pair of quotation marks around what is copied" [
        "runs/mt10/seed-1", "'mtrl resume runs/mt10/seed-1'"
        "runs/my run/seed-1", "mtrl resume 'runs/my run/seed-1'"
        "it's", "mtrl resume 'it'\\''s'"
    ]
    <| fun (run, written) -> resume run |> equals written
]
