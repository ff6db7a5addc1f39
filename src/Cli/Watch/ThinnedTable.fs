namespace MtrlFunctional.Cli.Watch

open System
open System.Collections.Generic

/// The records of one mode as a table of bounded size, whatever their number: each point is the mean of
/// `Stride` records. When the table is full, neighbours are joined and the stride doubles, so that adding
/// n records costs O(n).
///
/// NaN is skipped in means. Not thread-safe.
type ThinnedTable(mode: string, generation: int, capacity: int) =
    let steps = List<float>()
    let columns = Dictionary<string, Column>()
    let mutable order: Column[] = [||]
    let mutable names: string[] = [||]
    let mutable stride = 1
    let mutable pending = 0
    let mutable lastStep = nan

    let column name =
        match columns.TryGetValue name with
        | true, column -> column
        | _ ->
            let column = Column(name, columns.Count)
            column.Pad steps.Count
            columns[name] <- column
            column

    let joinNeighbours () =
        for i in 0 .. steps.Count / 2 - 1 do
            steps[i] <- steps[2 * i + 1]

        steps.RemoveRange(steps.Count / 2, steps.Count - steps.Count / 2)

        for column in columns.Values do
            column.JoinNeighbours()

        stride <- 2 * stride

    let complete () =
        steps.Add lastStep
        pending <- 0

        for column in columns.Values do
            column.Complete()

        if steps.Count = 2 * capacity then
            joinNeighbours ()

    /// Adds a record. `recordNames` is the same array as long as the names are the same.
    member _.Add(step: float, recordNames: string[], values: ReadOnlySpan<float>) =
        if not (Object.ReferenceEquals(names, recordNames)) then
            names <- recordNames
            order <- Array.map column recordNames

        for i in 0 .. values.Length - 1 do
            order[i].Add values[i]

        lastStep <- step
        pending <- pending + 1

        if pending = stride then
            complete ()

    member _.Mode = mode

    /// The points that a reader lacks, by what it has, and its next cursor. The last point may be of an
    /// unfinished mean; it is sent again.
    member _.Since(known: Cursor option) =
        let from =
            match known with
            | Some known when known.Generation = generation && known.Stride = stride -> known.From
            | _ -> 0

        let now = {
            Generation = generation
            Stride = stride
            From = steps.Count
            Pending = pending
        }

        {
            Mode = mode
            Cursor = { now with From = from }
            Last = (if pending > 0 then pending else stride)
            Steps = [|
                yield! steps.GetRange(from, steps.Count - from)
                if pending > 0 then
                    yield lastStep
            |]
            Columns = [
                for column in columns.Values |> Seq.sortBy _.Index ->
                    column.Name, column.Values(from, pending > 0)
            ]
        },
        now

/// The values of one name in a table.
and private Column(name: string, index: int) =
    let values = List<float>()
    let mutable sum = 0.0
    let mutable count = 0

    let mean () =
        if count = 0 then nan else sum / float count

    member _.Name = name
    member _.Index = index

    member _.Pad length =
        for _ in 1..length do
            values.Add nan

    member _.Add value =
        if Double.IsFinite value then
            sum <- sum + value
            count <- count + 1

    member _.Complete() =
        values.Add(mean ())
        sum <- 0.0
        count <- 0

    member _.JoinNeighbours() =
        for i in 0 .. values.Count / 2 - 1 do
            let x, y = values[2 * i], values[2 * i + 1]

            values[i] <-
                if Double.IsNaN x then y
                elif Double.IsNaN y then x
                else 0.5 * (x + y)

        values.RemoveRange(values.Count / 2, values.Count - values.Count / 2)

    member _.Values(from, hasPending) = [|
        yield! values.GetRange(from, values.Count - from)
        if hasPending then
            yield mean ()
    |]
