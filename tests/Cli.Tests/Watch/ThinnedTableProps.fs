namespace MtrlFunctional.Cli.Tests

open System
open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Cli.Watch

[<TestFixture>]
module ``a thinned table`` =
    let private names = [| "x"; "y" |]
    let private unread = { Generation = -1; Stride = 0; From = 0 }

    let private add (table: ThinnedTable) (i: int) value =
        table.Add(float i, names, ReadOnlySpan [| value; 1.0 |])

    /// A table without records has no columns.
    let private column name (part: TablePart) =
        part.Columns
        |> List.tryFind (fst >> (=) name)
        |> Option.map snd
        |> Option.defaultValue [||]

    [<Property>]
    let ``has a bounded number of points, the last of them at the last step``
        (PositiveInt count)
        (PositiveInt capacity)
        =
        let table = ThinnedTable("train", 0, capacity)

        for i in 1..count do
            add table i (float i)

        let part, _ = table.Since unread

        part.Steps.Length <= 2 * capacity
        && part.Steps.Length = part.Count
        && Array.last part.Steps = float count
        && (column "y" part |> Array.forall ((=) 1.0))

    [<Property>]
    let ``joins neighbours by their mean`` (PositiveInt half) =
        let capacity = half % 20 + 1
        let count = 4 * capacity
        let table = ThinnedTable("train", 0, capacity)

        for i in 1..count do
            add table i (float i)

        // Whole groups of equal size: the mean of the means is the mean of all.
        let part, _ = table.Since unread
        abs (Array.average (column "x" part) - float (count + 1) / 2.0) < 1e-9

    [<Property>]
    let ``parts for a reader that asks now and then make up the whole`` (gaps: PositiveInt list) =
        let table = ThinnedTable("train", 3, 4)
        let mutable cursor = unread
        let mutable received: float list = []
        let mutable i = 0

        for PositiveInt gap in gaps do
            for _ in 1 .. gap % 7 do
                i <- i + 1
                add table i (float i)

            let part, next = table.Since cursor
            received <- List.truncate part.Cursor.From received @ List.ofArray (column "x" part)
            cursor <- next

        let whole, _ = table.Since unread
        List.toArray received = (column "x" whole)

    [<Test>]
    let ``a name that appears later has no values before`` () =
        let table = ThinnedTable("train", 0, 10)
        add table 1 5.0
        table.Add(2.0, [| "x"; "z" |], ReadOnlySpan [| 6.0; 7.0 |])
        let part, _ = table.Since unread
        Assert.That(column "x" part, Is.EqualTo<float[]> [| 5.0; 6.0 |])
        Assert.That(column "z" part, Is.EqualTo<float[]> [| nan; 7.0 |])
        Assert.That(column "y" part, Is.EqualTo<float[]> [| 1.0; nan |])

    [<Test>]
    let ``means skip numbers that are not finite`` () =
        let table = ThinnedTable("train", 0, 1)

        for i, value in List.indexed [ 1.0; nan; 5.0; infinity ] do
            add table i value

        let part, _ = table.Since unread
        Assert.That(column "x" part, Is.EqualTo<float[]> [| 3.0 |])
