module MtrlFunctional.Cli.Tests.Watch.ThinnedTableProps

open Expecto
open System
open FsCheck
open MtrlFunctional.Cli.Watch

let ``a thinned table`` = [
    let names = [| "x"; "y" |]

    let add (table: ThinnedTable) (i: int) value =
        table.Add(float i, names, ReadOnlySpan [| value; 1.0 |])

    let law name = testLaw 100 [] name

    /// A table without records has no columns.
    let column name (part: TablePart) =
        part.Columns
        |> List.tryFind (fst >> (=) name)
        |> Option.map snd
        |> Option.defaultValue [||]

    law
        "has a bounded number of points, the last of them at the last step"
        (fun (PositiveInt count) (PositiveInt capacity) ->
            let table = ThinnedTable("train", 0, capacity)

            for i in 1..count do
                add table i (float i)

            let part, _ = table.Since None

            part.Steps.Length <= 2 * capacity
            && Array.last part.Steps = float count
            && (column "y" part |> Array.forall ((=) 1.0)))

    law "says of how many records its points are" (fun (PositiveInt count) (PositiveInt capacity) ->
        let table = ThinnedTable("train", 0, capacity)

        for i in 1..count do
            add table i (float i)

        let part, _ = table.Since None
        (part.Steps.Length - 1) * part.Cursor.Stride + part.Last = count)

    law "joins neighbours by their mean" (fun (PositiveInt half) ->
        let capacity = half % 20 + 1
        let count = 4 * capacity
        let table = ThinnedTable("train", 0, capacity)

        for i in 1..count do
            add table i (float i)

        // Whole groups of equal size: the mean of the means is the mean of all.
        let part, _ = table.Since None
        abs (Array.average (column "x" part) - float (count + 1) / 2.0) < 1e-9)

    law
        "parts for a reader that asks now and then make up the whole"
        (fun (gaps: PositiveInt list) ->
            let table = ThinnedTable("train", 3, 4)
            let mutable cursor = None
            let mutable received: float list = []
            let mutable i = 0

            for PositiveInt gap in gaps do
                for _ in 1 .. gap % 7 do
                    i <- i + 1
                    add table i (float i)

                let part, next = table.Since cursor

                received <-
                    List.truncate part.Cursor.From received @ List.ofArray (column "x" part)

                cursor <- Some next

            let whole, _ = table.Since None
            List.toArray received = (column "x" whole))

    testCase "a name that appears later has no values before" (fun () ->
        let table = ThinnedTable("train", 0, 10)
        add table 1 5.0
        table.Add(2.0, [| "x"; "z" |], ReadOnlySpan [| 6.0; 7.0 |])
        let part, _ = table.Since None
        column "x" part |> equals [| 5.0; 6.0 |]
        column "z" part |> Array.map string |> equals [| "NaN"; "7" |]
        column "y" part |> Array.map string |> equals [| "1"; "NaN" |])

    testCase "means skip numbers that are not finite" (fun () ->
        let table = ThinnedTable("train", 0, 1)

        for i, value in List.indexed [ 1.0; nan; 5.0; infinity ] do
            add table i value

        let part, _ = table.Since None
        column "x" part |> equals [| 3.0 |])
]
