module MtrlFunctional.Tests.Text.UserPathTests

open Expecto
open MtrlFunctional

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
