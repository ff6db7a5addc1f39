namespace MtrlFunctional.Algorithms

open System
open System.Numerics
open MtrlFunctional.Tensors

/// The execution of the parts of a batch. Gradients of the parts add up by a balanced tree, whose branches are sums of neighbouring
/// parts: a result depends on their number only, not on timing, threads or processes.
type IShards =
    /// Into how many parts a batch is split.
    abstract Count: int

    /// Runs the body for 0 … Count − 1 and returns the results in order. Each runs in a scope of
    /// its own; the returned tensors belong to the scope of the caller.
    abstract Map: body: Func<int, Tensor[]> -> Tensor[][]

    /// The results of the body for 0 … count − 1, at most `Count`, where it changes nothing and its results are only added up: the
    /// results, or sums of neighbouring ones, where other processes compute parts, too. Scopes as of `Map`.
    abstract Addends: count: int * body: Func<int, Tensor[]> -> Tensor[][]

    /// The same threads and processes for batches in another number of parts.
    abstract Cut: count: int -> IShards

/// The processes that train one agent together, of which each computes a part of a sum.
type internal ISums =
    abstract Rank: int

    /// Processes, a power of two.
    abstract Count: int

    /// Whether sums take less time than what a process need not compute.
    abstract Pay: bool

    /// The sums over all processes of what each computes.
    abstract Sum: own: Func<Tensor[]> -> Tensor[]

module Shards =
    /// The results of the body for 0 … count − 1, at most as many as there are parts.
    [<CompiledName("First")>]
    let internal first (shards: IShards) count (body: int -> Tensor[]) : Tensor[][] =
        Func<int, Tensor[]>(fun i -> if i < count then body i else [||])
        |> shards.Map
        |> Array.truncate count

    /// All parts one after the other, on the calling thread.
    [<CompiledName("Serial")>]
    let rec serial count = {
        new IShards with
            member _.Count = count

            member _.Map body =
                Array.init count (fun i -> Tensors.scope Seq.ofArray (fun () -> body.Invoke i))

            member shards.Addends(count, body) = first shards count body.Invoke
            member _.Cut count = serial count
    }

    /// A number of parts, whatever the number of threads that compute them.
    [<CompiledName("OnThreads")>]
    let rec internal onThreads count (threads: IShards) = {
        new IShards with
            member _.Count = count

            member _.Map body =
                let results = Array.create count [||]

                threads.Map(fun thread -> [|
                    for part in thread .. threads.Count .. count - 1 do
                        results[part] <- Tensors.scope Seq.ofArray (fun () -> body.Invoke part)
                        yield! results[part]
                |])
                |> ignore

                results

            member shards.Addends(count, body) = first shards count body.Invoke
            member _.Cut count = onThreads count threads
    }

    /// The sum of the results of parts by a balanced tree: the left branch has as many of them as fit of a power of two.
    [<CompiledName("Sums")>]
    let rec internal sums (parts: Tensor[][]) : Tensor[] =
        match parts with
        | [| one |] -> one
        | _ ->
            let left = int (BitOperations.RoundUpToPowerOf2(uint32 parts.Length)) / 2
            Array.map2 (.+) (sums parts[.. left - 1]) (sums parts[left..])

    /// Threads of one of several processes. Of a batch that is cut into parts, a power of two and at least as many as there are
    /// processes, each process computes a block of neighbours where only sums are needed. Where a batch has fewer parts, or sums
    /// do not pay, each computes all of them: the sums are the same.
    [<CompiledName("Shared")>]
    let internal shared (processes: ISums) (threads: IShards) = {
        new IShards with
            member _.Count = threads.Count
            member _.Map body = threads.Map body
            member _.Addends(count, body) = threads.Addends(count, body)

            member uncut.Cut parts =
                let all, own = onThreads parts threads, onThreads (parts / processes.Count) threads

                {
                    new IShards with
                        member _.Count = parts
                        member _.Map body = all.Map body

                        member _.Addends(count, body) =
                            let ofOwn i =
                                body.Invoke(processes.Rank * own.Count + i)

                            if count < parts || not processes.Pay then
                                all.Addends(count, body)
                            else
                                [| processes.Sum(fun () -> sums (own.Map ofOwn)) |]

                        member _.Cut count = uncut.Cut count
                }
    }

    /// Runs the body on each of at most as many things as there are parts; on the same thread for the same index.
    /// Arguments and results of the body may be recorded computations. Raises ArgumentException for more things than
    /// parts.
    let internal each (shards: IShards) (things: 'a[]) (body: 'a -> Tensor[]) : Tensor[][] =
        if things.Length > shards.Count then
            invalidArg (nameof things) $"{things.Length} things, {shards.Count} parts."

        first shards things.Length (fun i -> body things[i])

    /// How many parts a batch has, where a task may have fewer rows than there are parts: none is empty.
    let private countOf (shards: IShards) batch =
        min shards.Count (int (Tensor.size 1 batch.Obs))

    /// Runs the body on every part of a batch.
    let internal split (shards: IShards) batch (body: Batch -> Tensor[]) : Tensor[][] =
        let count = countOf shards batch
        first shards count (fun i -> batch |> Batch.part i count |> body)

    /// As `split`, for sums over the rows: the body returns the pieces of its part of a gradient, as many in every part, whose
    /// addends are returned, and further tensors, which are added up.
    let internal runPieces (shards: IShards) batch (body: Batch -> Tensor[] * Tensor[]) =
        let count, pieces = countOf shards batch, [| 0 |]

        let addends =
            shards.Addends(
                count,
                fun i ->
                    let gradient, others = batch |> Batch.part i count |> body
                    pieces[0] <- gradient.Length
                    Array.append gradient others
            )

        let split = addends |> Array.map (Array.splitAt pieces[0])
        Array.map fst split, split |> Array.map snd |> sums

    /// As `runPieces`, with a gradient in one piece.
    let run (shards: IShards) batch (body: Batch -> Tensor * Tensor[]) : Tensor[] * Tensor[] =
        let gradient, others =
            runPieces shards batch (fun part ->
                let gradient, others = body part
                [| gradient |], others)

        Array.map Array.exactlyOne gradient, others

    /// One step of Adam against the sum of the parts of a gradient in the same pieces, for which all threads share
    /// the vector: each number is computed independently of the others.
    let internal stepPieces
        (shards: IShards)
        rule
        (gradient: Tensor[][])
        (trained: AdamState)
        : AdamState =
        let { Values = values; FirstMoment = first; SecondMoment = second } = trained
        let work = new AdamWork(rule, trained.Steps + 1L, values, first, second, gradient)

        shards.Map(fun i ->
            work.Compute(i, shards.Count)
            [||])
        |> ignore

        {
            Values = work.Outcome.Parameters
            FirstMoment = work.Outcome.Mean
            SecondMoment = work.Outcome.Square
            Steps = trained.Steps + 1L
        }

    /// As `stepPieces`, with a gradient in one piece.
    let step shards rule (gradient: Tensor[]) trained =
        stepPieces shards rule (Array.map Array.singleton gradient) trained

    /// τ · source + (1 − τ) · target, for which all threads share the vector.
    let internal polyak (shards: IShards) tau (source: Tensor) (target: Tensor) =
        let work = new PolyakWork(target, source, tau)

        shards.Map(fun i ->
            work.Compute(i, shards.Count)
            [||])
        |> ignore

        work.Outcome
