/// Advantages with mean 0 and deviation 1, over an iteration, a task of it, or a minibatch.
module internal MtrlFunctional.Algorithms.NormalisedAdvantages

/// Advantages with 0 for the negative ones of rows that an earlier policy played. The clipped objective bounds no ratio of a
/// negative advantage: where such a policy was far from the newest, a ratio grew to 1e19 within an iteration.
let private encouraging (remembered: bool[]) (advantages: float[]) =
    let steps = advantages.Length / remembered.Length

    advantages
    |> Array.mapi (fun i advantage ->
        if remembered[i / steps] then
            max 0.0 advantage
        else
            advantage)

/// Advantages of all steps, [tasks · episodes · steps], shaped by the configuration except for normalisation within
/// minibatches. `rows` are the indices of each task among its own; `remembered` tells of each episode whether an earlier
/// policy played it.
let ofIteration (config: OnPolicyConfig) (rows: int[][]) remembered (advantages: float[]) =
    let shape = config.Advantage
    let indices = Minibatches.indicesOf (advantages.Length / rows.Length) rows
    let all = Array.concat indices

    let centre indices =
        Advantages.normalised shape.ByStandardDeviation indices

    let centred =
        match shape.NormalisedOver with
        | Some WholeBatch -> centre all advantages
        | Some EachTask ->
            indices
            |> Seq.filter (fun rows -> rows.Length > 0)
            |> Seq.fold (fun advantages rows -> centre rows advantages) advantages
        | Some EachMinibatch
        | Some EachTaskOfMinibatch
        | None -> advantages

    if shape.Positive then
        Advantages.positive all centred
    else
        encouraging remembered centred

/// Advantages of the rows of some minibatches, normalised and made positive within each minibatch if so configured;
/// `all` are the advantages of all rows, `rowsOfTask` the rows of each task.
let ofMinibatches
    (shape: AdvantageNormalisation)
    (all: float[])
    rowsOfTask
    (indices: Minibatches.MinibatchIndices)
    : float[] =
    let chosen = indices.Places |> Array.map (fun row -> all[int row])

    let centre first next =
        if next > first then
            let part = Array.sub chosen first (next - first)

            let centred =
                Advantages.normalised shape.ByStandardDeviation [| 0 .. part.Length - 1 |] part

            Array.blit centred 0 chosen first part.Length

    let shift first next =
        if shape.Positive && next > first then
            let part = Array.sub chosen first (next - first)
            let least = Array.min part
            Array.blit (Array.map (fun x -> x - least) part) 0 chosen first part.Length

    let taskAt i = indices.Places[i] / rowsOfTask

    for k in 0 .. indices.Starts.Length - 2 do
        let first, next = int indices.Starts[k], int indices.Starts[k + 1]

        match shape.NormalisedOver with
        | Some EachMinibatch ->
            centre first next
            shift first next
        | Some EachTaskOfMinibatch ->
            let mutable start = first

            for i in first + 1 .. next do
                if i = next || taskAt i <> taskAt start then
                    centre start i
                    start <- i

            shift first next
        | Some WholeBatch
        | Some EachTask
        | None -> ()

    chosen
