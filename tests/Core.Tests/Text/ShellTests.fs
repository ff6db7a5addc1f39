module MtrlFunctional.Tests.Text.ShellTests

open Expecto
open MtrlFunctional

let ``a command in a message`` = [
    let resume run = Shell.command [ "mtrl"; "resume"; run ]

    testTheory "has one pair of quotation marks around what is copied" [
        "runs/mt10/seed-1", "'mtrl resume runs/mt10/seed-1'"
        "runs/my run/seed-1", "mtrl resume 'runs/my run/seed-1'"
        "it's", "mtrl resume 'it'\\''s'"
    ]
    <| fun (run, written) -> resume run |> equals written
]
