/// How much the values of a key decided.
module MtrlFunctional.Tuning.Importance

open System
open System.Globalization

/// Of an interval, its low, middle and high thirds are compared, on its own scale.
[<Literal>]
let private Parts = 3

/// Ranks from 1, the mean of the ranks among equals.
let private ranks (scores: float[]) =
    scores
    |> Array.map (fun x ->
        let below = scores |> Array.filter (fun y -> y < x) |> Array.length
        let equal = scores |> Array.filter ((=) x) |> Array.length
        float below + float (equal + 1) / 2.0)

/// The share of the variance of the ranks that lies between groups, without what chance puts there: ε² (Kelley 1935,
/// doi:10.1073/pnas.21.9.554), from 0 to 1; none where there are no more scores than groups, so that chance has no share.
let internal share (groups: string[]) (scores: float[]) =
    let chance = scores.Length - (Array.distinct groups).Length

    if chance <= 0 then
        None
    else
        let ranks = ranks scores
        let mean = Array.average ranks
        let total = ranks |> Array.sumBy (fun x -> (x - mean) * (x - mean))

        let members =
            Array.zip groups ranks |> Array.groupBy fst |> Array.map (snd >> Array.map snd)

        let between =
            members
            |> Array.sumBy (fun own -> let d = Array.average own - mean in float own.Length * d * d)

        let free = members.Length - 1

        if total = 0.0 || free = 0 then
            Some 0.0
        else
            let noise = (total - between) / float chance
            Some(Math.Max(0.0, (between - float free * noise) / total))

/// The group of each value.
let private groups domain (values: string[]) =
    match domain with
    | Domain.Values _ -> values
    | Domain.Interval(low, high, isLog, _) ->
        let position x =
            if isLog then
                Math.Log(x / low) / Math.Log(high / low)
            else
                (x - low) / (high - low)

        values
        |> Array.map (fun value ->
            let position = position (Double.Parse(value, CultureInfo.InvariantCulture))
            string (min (Parts - 1) (int (position * float Parts))))

/// The importance of each key, from the standings of trials (`Asha.standings`) and their values, without keys whose values have no
/// more trials than one.
let ofTrials (dimensions: Dimension list) (values: int -> Map<string, string>) standings = [
    let order = standings |> List.map Asha.worth |> List.distinct |> List.sort
    let scores = [| for r in standings -> float (List.findIndex ((=) (Asha.worth r)) order) |]

    for d in dimensions do
        let values = [| for r in standings -> (values r.Trial)[d.Key] |]

        match share (groups d.Domain values) scores with
        | Some share -> d.Key, share
        | None -> ()
]
