namespace MtrlFunctional.Cli.Tests

open System
open System.Text.Json
open NUnit.Framework
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Tables

module ``rows of lists`` =
    let private listing: Listing.Listing = {
        Columns = [ "preset"; "description"; "measured" ]
        Rows = [
            [ "fast/mt10"; "MT-PPO on MT10"; "97 to 100 % of 500 goals" ]
            [ "fast/mt50"; "MT-PPO on MT50: networks of 400 units"; "-" ]
        ]
    }

    [<Test>]
    let ``shows the rows that have all words`` () =
        let lines =
            (Capture.finished [ "list"; "presets"; "FAST"; "mt10" ]).Trim().Split '\n'

        let expected =
            Presets.all |> List.filter (fun one -> one.Name.StartsWith "fast/mt10")

        Assert.That(expected.Length, Is.GreaterThan 1)

        for preset in expected do
            Assert.That(lines, Has.Some.StartsWith(preset.Name + " "))

        for line in Array.tail lines do
            Assert.That(line.ToLowerInvariant(), Does.Contain("fast").And.Contain "mt10")

        Capture.refused [ "list"; "presets"; "fsat" ] "fsat: no row of presets has it."

    [<Test>]
    let ``is an array for programs`` () =
        use read =
            Capture.finished [ "list"; "tasks"; "door"; "--json" ] |> JsonDocument.Parse

        let names = [
            for row in read.RootElement.EnumerateArray() -> row.GetProperty("task").GetString()
        ]

        Assert.That(
            names,
            Is.EquivalentTo [ "door-close-v3"; "door-lock-v3"; "door-open-v3"; "door-unlock-v3" ]
        )

    [<TestCase(70); TestCase(50); TestCase(40)>]
    let ``fits the terminal`` width =
        let frame columns = 3 * columns + 1
        let fitted = Listing.fitting width frame listing

        let widest =
            List.transpose fitted.Rows |> List.map (List.map String.length >> List.max)

        Assert.That(List.sum widest + frame 3, Is.LessThanOrEqualTo width)

        // Names stay whole.
        Assert.That((List.map List.head fitted.Rows = [ "fast/mt10"; "fast/mt50" ]))

        Assert.That(fitted.Rows[1][1], Does.EndWith "…")

    [<Test>]
    let ``cuts nothing where there is room`` () =
        Assert.That((Listing.fitting 200 ((*) 3) listing = listing))
