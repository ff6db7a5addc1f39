module MtrlFunctional.Cli.Tests.Display.FigureTests

open Expecto
open System
open System.Globalization
open System.Xml.Linq
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Statistics
open MtrlFunctional.Surgery

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
            let! mark = Gen.elements [ Mark.Line; Mark.Dots; Mark.Band ]
            let! ys = Gen.arrayOf value

            return {
                Name = name
                Mark = mark
                Points = ys |> Array.mapi (fun i y -> struct (float i, y))
            }
        }
        |> Arb.fromGen

let private rootOf (svg: string) = nonNull (XDocument.Parse svg).Root

/// A picture that draws finite numbers, without a failure of the library.
let private isSound (svg: string) =
    (rootOf svg).Name.LocalName = "svg"
    && svg.StartsWith "<svg viewBox=\"0 0 "
    && [ "NaN"; "∞"; "Infinity"; "xception" ] |> List.forall (svg.Contains >> not)

/// Left and right ends of all texts that are not turned, estimated as in the drawing, and the width.
let private ends (svg: string) =
    let root = rootOf svg

    let attribute (e: XElement) name =
        (nonNull (e.Attribute(XName.Get name))).Value

    let number (text: string) =
        Double.Parse(text, CultureInfo.InvariantCulture)

    [
        for e in root.Descendants(XName.Get("text", root.Name.NamespaceName)) do
            let place = attribute e "transform"

            if not (place.Contains "rotate") then
                let x = number (place.Substring(10, place.IndexOf ',' - 10))
                let size = number (attribute e "font-size")
                let width = Drawing.textWidth size e.Value

                let left =
                    match attribute e "text-anchor" with
                    | "start" -> x
                    | "middle" -> x - width / 2.0
                    | _ -> x - width

                // Below this size a title is not reduced further.
                if size > 7.0 then
                    left, left + width
    ],
    number (attribute root "width")

let private isWhole svg =
    let ends, width = ends svg

    ends <> []
    && ends |> List.forall (fun (left, right) -> -1.0 <= left && right <= width + 1.0)

let ``a series`` = [
    let law name = testLaw 100 [ typeof<Curves> ] name

    law "thinning keeps the number of points in bounds" (fun (series: Series) (PositiveInt count) ->
        let thinned = Series.thin count series.Points
        thinned.Length = min count series.Points.Length)

    law "a moving average of one is the curve" (fun (series: Series) ->
        let finite = Series.finite series.Points
        let averaged = Series.movingAverage 1 finite

        Array.forall2
            (fun struct (_, a) struct (_, b) -> abs (a - b) <= 1e-9 * (1.0 + abs b))
            averaged
            finite)
]

let ``a figure`` = [
    let law name = testLaw 25 [ typeof<Curves> ] name

    let panel title series = {
        Title = title
        XLabel = "steps"
        YRange = None
        Percent = false
        Series = series
    }

    law "of curves is sound, whatever their points are" (fun (series: Series list) ->
        CurveFigure.svg {
            Title = "<title>"
            Columns = 2
            Panels = [
                panel "panel & co" series
                { panel "rates" series with YRange = Some(0.0, 1.0); Percent = true }
            ]
        }
        |> isSound)

    law
        "has room for its title, its legend and the titles of its panels"
        (fun (PositiveInt length) (PositiveInt columns) ->
            let name = String('w', length % 60 + 1)

            let series = [
                for i in 1..3 ->
                    { Name = $"{name}{i}"; Mark = Mark.Line; Points = [| struct (0.0, 1.0) |] }
            ]

            CurveFigure.svg {
                Title = name + name
                Columns = columns % 4 + 1
                Panels = List.replicate 3 (panel name series)
            }
            |> isWhole)

    testCase "of intervals has a line for each name, also where nothing was measured" (fun () ->
        let point name value = {
            Name = name
            Value = value
            Interval = Some { Low = value - 0.1; High = value + 0.05 }
        }

        let points = [ point "<one>" 0.5; { point "nothing" nan with Interval = None } ]

        for panels in [ [ "first", points; "second", points ]; [ "zero", [ point "a" 0.0 ] ]; [] ] do
            let svg = IntervalFigure.svg { Title = "intervals"; Panels = panels }
            isTrue (isSound svg)
            isTrue (isWhole svg)

            for name in panels |> List.collect snd |> List.map _.Name |> List.distinct do
                svg |> contains (string (Net.WebUtility.HtmlEncode name)))

    testCase "of conflicts is drawn whatever is known of them" (fun () ->
        let names = [ "reach-v3"; "push-v3"; "pick <&> place-v3"; "drawer-close-v3" ]

        let record update cosines : ConflictRecord = {
            Step = update
            Update = update
            Part = "critic"
            Agreement = { Lengths = Array.create 4 1.0; Cosines = cosines }
        }

        let run = [
            for i in 0L .. 2L -> record (10L * i) [| for k in 0..5 -> 0.1 * float k - 0.3 |]
        ]

        let unknown = record 30L (Array.create 6 nan)

        for records in [ run; [ run[0] ]; [ unknown ]; unknown :: run ] do
            let svg = ConflictFigure.svg "critic & <actor>" names records
            isTrue (isSound svg)
            isTrue (isWhole svg)
            svg |> contains "pick &lt;&amp;&gt; place-v3")

    testCase "has numbers of one unit at an axis" (fun () ->
        for largest, numbers, texts in
            [
                1.0, [ 0.0; 0.25; 1e-7 ], [ "0"; "0.25"; "1e-7" ]
                1500.0, [ 0.0; 500.0; 1500.0 ], [ "0"; "500"; "1500" ]
                15_000.0, [ 500.0; 15_000.0 ], [ "0.5 k"; "15 k" ]
                2e6, [ 0.0; 500_000.0; 2e6 ], [ "0"; "0.5 M"; "2 M" ]
            ] do
            numbers |> List.map (Drawing.number largest) |> equals texts)
]
