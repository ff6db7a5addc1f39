module MtrlFunctional.Cli.Tests.Play.PlacementTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Tasks.MetaWorld

/// The edits of resets as formulas; the page's observations after resets are compared in ``the page of play``.
let ``the placement of a task as formulas`` = [
    let placementOf name = [
        for placed in PlacementFormulas.ofTask (ok (Benchmarks.find name)) ->
            placed.Edit, placed.Of, placed.Values
    ]

    testCase "names what is drawn, and constants" (fun () ->
        let expected = [
            "body", "door", [ "random[0]"; "random[1]"; "random[2]" ]
            "site", "goal", [ "random[0] + 0.2"; "random[1] - 0.2"; "random[2]" ]
            "joint", "doorjoint", [ "- 1.5708" ]
            "jointVelocity", "doorjoint", [ "0" ]
            "forward", "", []
        ]

        placementOf "door-close" |> equals expected)

    testCase "reads positions of the settled hand's scene" (fun () ->
        let expected =
            "positions", "9", [ "random[0]"; "random[1]"; "settled(body('obj')).z" ]

        List.head (placementOf "push") |> equals expected)

    /// It throws where an edit is not affine.
    testCase "exists for all fifty" (fun () ->
        for task in Benchmarks.tasks do
            PlacementFormulas.ofTask task |> List.isEmpty |> Expect.isFalse task.Name)
]
