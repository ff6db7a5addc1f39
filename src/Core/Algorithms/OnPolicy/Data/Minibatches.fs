/// Minibatches with rows of every task, in a given order.
module internal MtrlFunctional.Algorithms.Minibatches

open MtrlFunctional.Tensors

/// Indices of the rows of a minibatch among all [tasks · rows], the same number for each task, and
/// their weights: the sum is 1, and rows that pad a task have weight 0.
type Minibatch = { Places: int64[]; Weight: float[] }

/// Indices of each task's rows in [episodes · steps], without padding.
let rowsOf (episodes: Episodes) : int[][] =
    let tasks, count, steps = Episodes.sizes episodes

    Array.init tasks (fun task -> [|
        for e in 0 .. count - 1 do
            for t in 0 .. episodes.Lengths[task * count + e] - 1 -> e * steps + t
    |])

/// The rows as indices among the rows of all tasks, `perTask` each.
let indicesOf perTask (rows: int[][]) =
    rows |> Array.mapi (fun task -> Array.map (fun i -> task * perTask + i))

/// Rows of the longest task in a minibatch of `size` rows. Where tasks have different numbers of rows there are as many
/// minibatches as all their rows fill.
let private ofLongest (rows: int[][]) size =
    let lengths = rows |> Array.map Array.length
    let most, total = Array.max lengths, Array.sum lengths

    if total = rows.Length * most then
        max 1 (size / rows.Length)
    else
        let count = (total + size - 1) / size
        (most + count - 1) / count

/// One pass over single rows. Each minibatch has the same share of the rows of every task.
let private passOfRows
    (all: int)
    (rows: int[][])
    (size: int option)
    (order: RowOrder)
    number
    : Minibatch seq =
    let most = rows |> Array.map Array.length |> Array.max

    let ordered =
        match size with
        | None -> rows
        | Some _ ->
            rows
            |> Array.mapi (fun task rows ->
                order number task rows.Length |> Array.map (fun i -> rows[i]))

    let each = size |> Option.map (ofLongest rows) |> Option.defaultValue most

    /// Rows of a task before a row of the longest one.
    let before first (rows: int[]) =
        int (int64 first * int64 rows.Length / int64 (max 1 most))

    seq {
        for first in 0..each .. most - 1 do
            let width = min each (most - first)
            let starts = ordered |> Array.map (before first)

            let here =
                Array.map2 (fun start rows -> before (first + width) rows - start) starts ordered

            let share = 1.0 / float (Array.sum here)
            let indices = Array.zeroCreate (rows.Length * width)
            let weight = Array.zeroCreate indices.Length

            for task in 0 .. rows.Length - 1 do
                for r in 0 .. width - 1 do
                    let i = task * width + r
                    indices[i] <- int64 (task * all)

                    if r < here[task] then
                        indices[i] <- indices[i] + int64 (ordered[task][starts[task] + r])
                        weight[i] <- share

            { Places = indices; Weight = weight }
    }

/// The minibatches of blocks as minibatches of their rows; padding keeps its place, with weight 0.
let private ofBlocks (all: int) (rows: int[][]) block (minibatch: Minibatch) : Minibatch =
    let taken = Array.zeroCreate (all * rows.Length)

    for task, rows in Array.indexed rows do
        for row in rows do
            taken[task * all + row] <- true

    let indices =
        Array.init (minibatch.Places.Length * block) (fun i ->
            minibatch.Places[i / block] * int64 block + int64 (i % block))

    let isRow i =
        minibatch.Weight[i / block] > 0.0 && taken[int indices[i]]

    let count = Seq.init indices.Length isRow |> Seq.filter id |> Seq.length
    let share = 1.0 / float count

    {
        Places = indices
        Weight = Array.init indices.Length (fun i -> if isRow i then share else 0.0)
    }

/// One pass: all rows of each task in an order, `size` of all tasks together in each minibatch; the last one may be
/// shorter. Without a size all rows at once, in stored order. `all`: number of rows of a task with padding. Blocks of
/// `block` consecutive rows stay together, with their padding; orders are then orders of blocks, and a minibatch has at
/// least one block of each task.
let pass block all rows size order number : Minibatch seq =
    if block = 1 then
        passOfRows all rows size order number
    else
        let blocks = rows |> Array.map (Array.map (fun i -> i / block) >> Array.distinct)
        let size = size |> Option.map (fun size -> max 1 (size / block))

        passOfRows (all / block) blocks size order number
        |> Seq.map (ofBlocks all rows block)

/// The rows of some minibatches among all [tasks · rows], concatenated.
type MinibatchIndices = {
    Places: int64[]
    /// Start of each minibatch among the indices, and the end of the last one.
    Starts: int64[]
}

/// Indices without the rows of weight 0; the other rows of a minibatch have equal weights.
let indices (minibatches: Minibatch seq) : MinibatchIndices =
    let indices, starts = ResizeArray(), ResizeArray [ 0L ]

    for minibatch in minibatches do
        for i in 0 .. minibatch.Places.Length - 1 do
            if minibatch.Weight[i] > 0.0 then
                indices.Add minibatch.Places[i]

        starts.Add(int64 indices.Count)

    { Places = indices.ToArray(); Starts = starts.ToArray() }

/// Numbers of the rows that have weight, as [tasks; rows] of the minibatch; 0 elsewhere.
let padded (options: TensorOptions) tasks (minibatch: Minibatch) (numbers: float[]) =
    let all = Array.zeroCreate minibatch.Weight.Length
    let mutable next = 0

    for i in 0 .. all.Length - 1 do
        if minibatch.Weight[i] > 0.0 then
            all[i] <- numbers[next]
            next <- next + 1

    TensorOptions.fromDoubles options all [| int64 tasks; int64 (all.Length / tasks) |]

/// The rows of a minibatch: [tasks; all(; n)] to [tasks; rows(; n)].
let take (indices: Tensor) (x: Tensor) =
    let shape = Tensor.shape x
    let flat = Tensor.reshape [| shape[0] * shape[1]; yield! shape[2..] |] x
    let rows = Tensor.count indices / shape[0]
    Tensor.reshape [| shape[0]; rows; yield! shape[2..] |] (Tensor.indexSelect 0 indices flat)

/// The indices of a minibatch as a tensor on the device of `like`.
let indicesAt (options: TensorOptions) (minibatch: Minibatch) =
    Tensor.toDevice
        options.Device
        (Tensor.ofLongs [| int64 minibatch.Places.Length |] minibatch.Places)

/// The weights of a minibatch, [tasks; rows].
let weightAt (options: TensorOptions) tasks (minibatch: Minibatch) =
    let shape = [| int64 tasks; int64 (minibatch.Weight.Length / tasks) |]
    TensorOptions.fromDoubles options minibatch.Weight shape
