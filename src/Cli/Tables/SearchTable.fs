/// The result of a search as text, pages and JSON.
///
/// Reading order: rows, best → text, pages, json.
module MtrlFunctional.Cli.Tables.SearchTable

open System
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Serialization
open MtrlFunctional.Cli
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Tuning
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Cli.Pages

/// A value of the metric of a search.
let metric (search: Search) (x: float) =
    match search.Metric with
    | _ when Double.IsNaN x -> "diverged"
    | SearchMetric.Return -> Format.number x
    | _ -> Format.percent x

/// "lr=0.001 hidden_dim=64".
let values (search: Search) trial =
    let names = Search.names search

    [
        for KeyValue(key, value) in Search.valuesOf search trial -> $"{names[key]}={value}"
    ]
    |> String.concat " "

let private listing (search: Search) (standings: TrialResult list) : Grid =
    let names = Search.names search
    let keys = [ for d in search.Dimensions -> d.Key ]

    {
        Headings =
            "trial" :: [ for key in keys -> names[key] ]
            @ [ "steps"; SearchMetric.name search.Metric ]
        Lines = [
            for r in standings ->
                let values = Search.valuesOf search r.Trial

                string r.Trial :: [ for key in keys -> values[key] ]
                @ [ Format.count search.Budgets[r.Rung]; metric search r.Metric ]
        ]
    }

let private summary (search: Search) (standings: TrialResult list) =
    let whole =
        standings
        |> List.filter (fun r -> r.Rung = search.Halving.Rungs - 1 && not (Double.IsNaN r.Metric))

    $"{standings.Length} of {search.Halving.Trials} trials have a result, {whole.Length} with all {Format.count (List.last search.Budgets)} steps"

/// The best trial, if one was measured.
let private best (standings: TrialResult list) =
    standings |> List.tryHead |> Option.filter (_.Metric >> Double.IsNaN >> not)

let private command (search: Search) trial =
    Launcher.commandWithParts ("train" :: Search.commandOf search trial)

let private commands root (search: Search) standings = [
    match best standings with
    | Some r ->
        let run = SweepRow.folderOf search.Trials[r.Trial - 1].Head
        $"train the best, trial {r.Trial}, anew", command search r.Trial

        if r.Rung < search.Halving.Rungs - 1 then
            "train it further", Launcher.commandWithParts [ "resume"; run.Path ]

        "evaluate its policy", Launcher.commandWithParts [ "eval"; run.Path ]
    | None -> ()

    if standings <> [] then
        "compare all curves", Launcher.command [ "report"; root ]
]

let private importance (search: Search) (standings: TrialResult list) =
    Importance.ofTrials search.Dimensions (Search.valuesOf search) standings

let private meaning =
    "Share of the variance of the trials' places that lies between the values of a key (of an interval: its low, middle and high third), without what chance puts there (ε²). A key with little importance may still matter beside others."

let private chart shares : IntervalChart = {
    Title = "Importance of each key"
    Panels = [
        "share of the variance of places",
        [ for key, share in shares -> { Name = key; Value = share; Interval = None } ]
    ]
}

let text root (search: Search) results =
    let standings = Asha.standings results

    [
        yield $"search: {summary search standings}\n"

        if standings <> [] then
            yield Listing.text (listing search standings)

            for key, share in importance search standings do
                yield $"importance of {key}: {Format.percent share}\n"

        for what, command in commands root search standings do
            yield $"{what}:\n  {command}\n"
    ]
    |> String.concat ""

let private page title (search: Search) (standings: TrialResult list) importance commands : Page = {
    Title = title
    Sections = [
        {
            Heading = ""
            Parts = [ Note(summary search standings); Texts(listing search standings) ]
        }
        { Heading = "Importance"; Parts = importance }
        { Heading = "Commands"; Parts = [ Commands commands ] }
    ]
}

/// The page that stands alone.
let main = "tune.html"

/// Names and texts of the files in the folder of the search, `main` last.
let pages (root: string) (search: Search) results =
    let standings = Asha.standings results
    let title = $"Search of {Path.GetFileName root}"
    let commands = commands root search standings

    let importance, figures =
        match importance search standings with
        | [] -> [ Note "Not known: no value has two trials." ], []
        | shares ->
            let figure = IntervalFigure.svg (chart shares)
            [ Picture figure; Note meaning ], [ "importance.svg", figure ]

    figures
    @ [ main, PageHtml.text (page title search standings importance commands) ]

let private jsonOptions =
    JsonSerializerOptions(
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals
    )

/// The trials best first, the best command, and the importance of each key.
let json (search: Search) results =
    let standings = Asha.standings results

    JsonSerializer.Serialize(
        {|
            metric = SearchMetric.name search.Metric
            best =
                best standings
                |> Option.map (fun r -> {| trial = r.Trial; command = command search r.Trial |})
            trials = [|
                for r in standings ->
                    {|
                        trial = r.Trial
                        values = Search.valuesOf search r.Trial
                        steps = search.Budgets[r.Rung]
                        metric =
                            if Double.IsNaN r.Metric then
                                Nullable()
                            else
                                Nullable r.Metric
                        folder = search.Trials[r.Trial - 1].Head.Experiment.Setup.SaveDir
                    |}
            |]
            importance = Map.ofList (importance search standings)
        |},
        jsonOptions
    )
