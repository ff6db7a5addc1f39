namespace MtrlFunctional.Tests.Statistics

open System
open System.Xml.Linq
open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Randomness
open MtrlFunctional.Statistics
open MtrlFunctional.Surgery

[<TestFixture>]
module ``conflicts of gradients`` =
    let private tasks = 4
    let private names = [ "reach-v3"; "push-v3"; "pick <&> place-v3"; "drawer-close-v3" ]

    /// Rows of three numbers each.
    let private rows (seed: int) =
        let key = Key.ofSeed (int64 seed)

        Array.init tasks (fun i ->
            Array.init 3 (fun k -> 2.0 * Key.uniform (Key.at (int64 (3 * i + k)) key) - 1.0))

    let private dot (x: float[]) y = Array.map2 (*) x y |> Array.sum

    let private gramOf (rows: float[][]) =
        Gram.ofProducts rows.Length [|
            for x in rows do
                for y in rows -> dot x y
        |]

    let private everybody = Array.create tasks true

    [<Property>]
    let ``are cosines, whatever the gradients' lengths`` (seed: int) (scales: PositiveInt[]) =
        let rows = rows seed
        let found = Conflict.ofGram everybody (gramOf rows)

        let scaled =
            rows
            |> Array.mapi (fun i row ->
                let scale = if i < scales.Length then float scales[i].Get else 1.0
                Array.map ((*) scale) row)
            |> gramOf
            |> Conflict.ofGram everybody

        let cosine x y = dot x y / sqrt (dot x x * dot y y)

        Agreement.pairs tasks
        |> Array.forall (fun struct (i, j) ->
            let place = Agreement.place j i
            let cosine = cosine rows[i] rows[j]

            abs (found.Cosines[place] - cosine) < 1e-9
            && abs (scaled.Cosines[place] - cosine) < 1e-9)

    [<Property>]
    let ``of a task that is not there, or does not learn, are not known``
        (seed: int)
        (NonNegativeInt task)
        =
        let task = task % tasks
        let rows = rows seed
        let without = Conflict.ofGram (Array.init tasks ((<>) task)) (gramOf rows)

        let still =
            rows |> Array.mapi (fun i row -> if i = task then [| 0.0; 0.0; 0.0 |] else row)

        let still = Conflict.ofGram everybody (gramOf still)

        Double.IsNaN without.Lengths[task]
        && still.Lengths[task] = 0.0
        && Agreement.pairs tasks
           |> Array.forall (fun struct (i, j) ->
               let place = Agreement.place i j
               let isKnown = i <> task && j <> task

               Double.IsFinite without.Cosines[place] = isKnown
               && Double.IsFinite still.Cosines[place] = isKnown)

    let private record update cosines : ConflictRecord = {
        Step = update
        Update = update
        Part = "critic"
        Agreement = { Lengths = [| 1.0; 1.0; 2.0; 6.0 |]; Cosines = cosines }
    }

    /// Pairs (1, 0) and (2, 0) change places; (2, 1) is not known at first.
    let private run = [
        record 0L [| 0.5; -0.5; nan; 0.0; 0.1; 0.2 |]
        record 10L [| 0.0; 0.0; 0.3; 0.0; 0.1; 0.2 |]
        record 20L [| -0.8; 0.4; 0.3; 0.0; 0.1; 0.2 |]
    ]

    [<Test>]
    let ``are summed up pair by pair, worst first`` () =
        let summary = Conflicts.summary names run
        Assert.That(summary.Moments, Is.EqualTo 3)
        Assert.That((summary.FirstUpdate, summary.LastUpdate), Is.EqualTo((0L, 20L)))
        Assert.That(summary.Pairs.Length, Is.EqualTo 6)
        let worst = summary.Pairs.Head
        Assert.That(worst.Tasks, Is.EqualTo(("reach-v3", "push-v3")))
        Assert.That(worst.Mean, Is.EqualTo(-0.1).Within 1e-12)
        Assert.That(worst.Negative, Is.EqualTo(1.0 / 3.0).Within 1e-12)
        Assert.That((worst.Early, worst.Late), Is.EqualTo((0.5, -0.8)))
        // 2 of 17 known products.
        Assert.That(summary.Negative, Is.EqualTo(2.0 / 17.0).Within 1e-12)
        Assert.That(summary.Longest, Is.EqualTo(Some("drawer-close-v3", 4.0)))

    [<Test>]
    let ``of fewer than three moments have no trend`` () =
        let pair = (Conflicts.summary names [ run[0]; run[1] ]).Pairs.Head
        Assert.That(Double.IsNaN pair.Early && Double.IsNaN pair.Late)

    [<Test>]
    let ``are told in words and numbers`` () =
        let text = ConflictTable.text 2 (Conflicts.summary names run)
        Assert.That(text, Does.Contain "critic: measured 3 times, after 0 to 20 updates; 6 pairs")
        Assert.That(text, Does.Match @"reach-v3 × push-v3 +−0\.10 +33 % +\+0\.50 +−0\.80")
        Assert.That(text, Does.Not.Contain "drawer-close-v3 ×")
        Assert.That(text, Does.Contain "drawer-close-v3, 4.0 times as long")

    [<Test>]
    let ``are drawn whatever is known of them`` () =
        let unknown = record 30L (Array.create 6 nan)

        for records in [ run; [ run[0] ]; [ unknown ]; unknown :: run ] do
            let svg = ConflictMap.svg "critic & <actor>" names records

            match (XDocument.Parse svg).Root with
            | null -> Assert.Fail()
            | root -> Assert.That(root.Name.LocalName, Is.EqualTo "svg")

            Assert.That(svg, Does.Not.Contain "NaN")
            Assert.That(svg, Does.Contain "pick &lt;&amp;&gt; place-v3")
