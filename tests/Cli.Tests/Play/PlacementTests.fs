namespace MtrlFunctional.Cli.Tests

open NUnit.Framework
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Cli.Play

/// The edits of resets as formulas; the page's observations after resets are compared in ``the page of play``.
[<TestFixture>]
module ``the placement of a task as formulas`` =
    let private placementOf name =
        match Benchmarks.find name with
        | Ok task -> [
            for placed in Placement.ofTask task -> placed.Edit, placed.Of, placed.Values
          ]
        | Error message -> failwith message

    [<Test>]
    let ``names what is drawn, and constants`` () =
        let expected = [
            "body", "door", [ "random[0]"; "random[1]"; "random[2]" ]
            "site", "goal", [ "random[0] + 0.2"; "random[1] - 0.2"; "random[2]" ]
            "joint", "doorjoint", [ "- 1.5708" ]
            "jointVelocity", "doorjoint", [ "0" ]
            "forward", "", []
        ]

        Assert.That(placementOf "door-close", Is.EqualTo(box expected))

    [<Test>]
    let ``reads positions of the settled hand's scene`` () =
        let expected =
            "positions", "9", [ "random[0]"; "random[1]"; "settled(body('obj')).z" ]

        Assert.That(List.head (placementOf "push"), Is.EqualTo(box expected))

    /// It throws where an edit is not affine.
    [<Test>]
    let ``exists for all fifty`` () =
        for task in Benchmarks.tasks do
            Assert.That(Placement.ofTask task, Is.Not.Empty, task.Name)
