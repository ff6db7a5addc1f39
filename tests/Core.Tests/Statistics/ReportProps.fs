namespace MtrlFunctional.Tests.Statistics

open System
open System.Xml.Linq
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open MtrlFunctional.Statistics

/// Curves with some points that are not finite, and names that would break markup.
type Curves =
    static member Series() =
        let value =
            Gen.frequency [
                9, Gen.choose (-1000, 1000) |> Gen.map (fun i -> float i / 7.0)
                1, Gen.elements [ nan; infinity; -infinity ]
            ]

        gen {
            let! name = Gen.elements [ "a"; "<b & \"c\">"; "success" ]
            let! mark = Gen.elements [ Mark.Line; Mark.Dots ]
            let! ys = Gen.arrayOf value

            return {
                Name = name
                Mark = mark
                Points = ys |> Array.mapi (fun i y -> struct (float i, y))
            }
        }
        |> Arb.fromGen

[<TestFixture; Properties(Arbitrary = [| typeof<Curves> |])>]
module ``a figure`` =
    let private figure series = {
        Title = "<title>"
        Columns = 2
        Panels = [
            for percent in [ true; false ] ->
                {
                    Title = "panel & co"
                    XLabel = "steps"
                    YRange = if percent then Some(0.0, 1.0) else None
                    Percent = percent
                    Series = series
                }
        ]
    }

    [<Property>]
    let ``is well-formed and holds no number that is not finite`` (series: Series list) =
        let svg = Svg.render (figure series)

        let isSvg =
            match (XDocument.Parse svg).Root with
            | null -> false
            | root -> root.Name.LocalName = "svg"

        isSvg && not (svg.Contains "NaN" || svg.Contains "∞" || svg.Contains "Infinity")

    /// Right ends of all texts, estimated as in the drawing.
    let private isWhole (svg: string) =
        let root = nonNull (XDocument.Parse svg).Root

        let attribute (e: XElement) name =
            float (nonNull (e.Attribute(XName.Get name))).Value

        let width = attribute root "width"

        root.Elements(XName.Get("text", root.Name.NamespaceName))
        |> Seq.filter (fun e -> (nonNull (e.Attribute(XName.Get "text-anchor"))).Value = "start")
        |> Seq.forall (fun e ->
            let size = attribute e "font-size"
            // Below this size a title is not reduced further.
            size <= 7.0 || attribute e "x" + Svg.textWidth size e.Value <= width + 1.0)

    [<Property>]
    let ``has room for its title, its legend and the titles of its panels``
        (PositiveInt length)
        (PositiveInt columns)
        =
        let name = String('w', length % 60 + 1)

        let panel = {
            Title = name
            XLabel = "steps"
            YRange = None
            Percent = false
            Series = [
                for i in 1..3 ->
                    { Name = $"{name}{i}"; Mark = Mark.Line; Points = [| struct (0.0, 1.0) |] }
            ]
        }

        Svg.render {
            Title = name + name
            Columns = columns % 4 + 1
            Panels = List.replicate 3 panel
        }
        |> isWhole

    [<Property>]
    let ``thinning keeps the number of points in bounds`` (series: Series) (PositiveInt count) =
        let thinned = Series.thin count series.Points
        thinned.Length = min count series.Points.Length

    [<Property>]
    let ``a moving average of one is the curve`` (series: Series) =
        let finite = Series.finite series.Points
        let averaged = Series.movingAverage 1 finite

        Array.forall2
            (fun struct (_, a) struct (_, b) -> abs (a - b) <= 1e-9 * (1.0 + abs b))
            averaged
            finite

    [<Property>]
    let ``an axis holds its values between round ticks`` (values: NormalFloat list) =
        let values = values |> List.map (fun v -> v.Get)
        let axis = Axis.over 4 values
        let slack = axis.Step * 1e-6

        let inside v =
            axis.Low - slack <= v && v <= axis.High + slack

        let ticks = Axis.ticks axis
        List.forall inside values && List.length ticks >= 2 && List.sort ticks = ticks

[<TestFixture>]
module ``a run report`` =
    let private record mode step success = {
        Mode = mode
        Step = step
        Numbers =
            Map [
                "critic_loss", 0.5
                "success_env_index_0", success
                "success_env_index_1", 0.0
                "success_at_end_env_index_0", 0.25
            ]
    }

    let private run = {
        Title = "a <run>"
        Facts = [ "seed", "1" ]
        Tasks = [ "reach-v3"; "push-v3" ]
        Evaluated = [ "reach-v3"; "push-v3" ]
        EpisodeSteps = 150, 150
        Aggregates = [ TaskAggregate.Average ]
        Records = [ record "train" 150.0 1.0; record "train" 300.0 0.0; record "eval" 300.0 0.5 ]
    }

    [<Test>]
    let ``has one row for each task, from the last evaluation`` () =
        let rows = RunReport.rows run
        Assert.That([ for r in rows -> r.Task ] = run.Tasks)
        Assert.That(rows[0].SuccessEver, Is.EqualTo 0.5)
        Assert.That(rows[0].SuccessAtEnd, Is.EqualTo 0.25)
        Assert.That(rows[0].TrainSuccess, Is.EqualTo 0.5)
        Assert.That(Double.IsNaN rows[1].SuccessAtEnd)

    [<Test>]
    let ``shows the table`` () =
        let markdown = RunReport.markdown run
        Assert.That(markdown, Does.Contain "| reach-v3 | 50 % | 25 % | – | 50 % |")
        Assert.That(markdown, Does.Contain "- seed: 1")
        let lines, foot = RunReport.lines run
        Assert.That((lines.Head = [ "reach-v3"; "50 %"; "25 %"; "–"; "50 %" ]))
        Assert.That(foot, Has.Length.EqualTo 1)

    [<Test>]
    let ``returns of episodes of different lengths have axes of their own`` () =
        let returns run = [
            for p in (RunReport.overview run).Panels do
                if p.Title.StartsWith "return" then
                    p.Title, p.Series.Length
        ]

        Assert.That(returns run = [ "return, average of the tasks", 2 ])

        Assert.That(
            returns { run with EpisodeSteps = 200, 500 } = [
                "return of 200 steps, average of the tasks", 1
                "return of 500 steps, average of the tasks", 1
            ]
        )

    [<Test>]
    let ``draws the returns of each mode of evaluation`` () =
        let ofMode mode step returns = {
            Mode = mode
            Step = step
            Numbers = Map [ for i, x in returns -> $"episode_reward_env_index_{i}", x ]
        }

        let records =
            run.Records
            @ [
                ofMode "eval_base" 0.0 [ 3, 1.0; 7, 3.0 ]
                ofMode "eval_extrapolation" 0.0 [ 9, 0.5 ]
                ofMode "eval_base" 300.0 [ 3, 5.0; 7, 7.0 ]
            ]

        let panels run =
            (RunReport.overview run).Panels
            |> List.filter _.Title.StartsWith("return by mode")

        Assert.That(panels run, Is.Empty)

        match panels { run with Records = records } with
        | [ panel ] ->
            Assert.That(
                [ for s in panel.Series -> s.Name, List.ofArray s.Points ] = [
                    "base", [ struct (0.0, 2.0); struct (300.0, 6.0) ]
                    "extrapolation", [ struct (0.0, 0.5) ]
                ]
            )
        | panels -> Assert.Fail $"{panels}"

    [<Test>]
    let ``names the steps of its axes`` () =
        for figure in [ RunReport.overview run; RunReport.perTask run ] do
            for panel in figure.Panels do
                Assert.That(panel.XLabel, Is.EqualTo "environment steps of each of 2 tasks")

    [<Test>]
    let ``ends with the aggregates that are asked for`` () =
        let foot aggregates =
            (RunReport.markdown { run with Aggregates = aggregates }).Split '\n'

        let median = "| median | 25 % | 25 % | – | 25 % |"
        Assert.That(foot (List.map snd TaskAggregate.byName), Does.Contain median)
        Assert.That(foot [ TaskAggregate.Worst ], Does.Contain "| worst | 0 % | 25 % | – | 0 % |")
        Assert.That(foot [ TaskAggregate.Worst ], Does.Not.Contain median)

        let panels = [
            for p in (RunReport.overview { run with Aggregates = [ TaskAggregate.Worst ] }).Panels ->
                p.Title
        ]

        Assert.That(panels, Does.Contain "success (ever), worst of the tasks")
        Assert.That(panels, Does.Not.Contain "success (ever), average of the tasks")

    [<Test>]
    let ``draws a panel for each task and none for a loss that was not measured`` () =
        let panels (figure: Figure) = [ for p in figure.Panels -> p.Title ]
        Assert.That(panels (RunReport.perTask run) = run.Tasks)
        let overview = panels (RunReport.overview run)
        Assert.That(overview, Does.Contain "critic loss")
        Assert.That(overview, Does.Not.Contain "actor loss")
