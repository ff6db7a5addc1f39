namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// The distribution and shape of random numbers for each row of a batch.
[<RequireQualifiedAccess>]
type internal DrawKind =
    /// Standard normal, as many as numbers of an action.
    | Actions
    /// Standard normal.
    | Normal of width: int
    /// Uniform over the 256 numbers (k + ½) / 256.
    | UniformBytes of width: int
    /// The block of a row among equally many rows of each task in one after the other, one-hot; [tasks; rows; blocks]. Not
    /// random.
    | Block of blocks: int
    /// The other row of a pair, as an index into the rows of all tasks; [tasks; rows]. Rows of weight above 0 are
    /// divided into pairs of partners; with an odd number of rows one row is its own partner, as is each row of weight
    /// 0.
    | Partner

/// Random numbers of an update beside the noise of the policy.
type RandomDraw = internal {
    /// The branch of the update's key that they are drawn from.
    Name: string
    Kind: DrawKind
}

/// Draws for batches.
module RandomDraw =
    /// The name of the blocks of rows that have temperatures of their own (`DrawKind.Block`).
    let internal blocks = "block"

    /// Random pairs of the rows with a weight above 0.
    let private partners key (weights: float[]) =
        let rows = [|
            for i, weight in Array.indexed weights do
                if weight > 0.0 then
                    i
        |]

        Shuffle.keyed key rows
        let partner = Array.init weights.Length int64

        rows
        |> Array.iteri (fun i row -> partner[row] <- int64 rows[rows.Length - 1 - i])

        partner

    let private draw options key (batch: Batch) kind =
        let flat = Tensor.shape batch.Reward
        let rows (width: int) = Array.append flat [| int64 width |]

        match kind with
        | DrawKind.Actions -> Draw.normal options key (Tensor.shape batch.Action)
        | DrawKind.Normal width -> Draw.normal options key (rows width)
        | DrawKind.UniformBytes width -> Draw.uniformBytes options key (rows width)
        | DrawKind.Block blocks ->
            let count = int (Tensor.size 1 batch.Reward)

            Array.init (int (Tensor.count batch.Reward) * blocks) (fun i ->
                let block = i / blocks % count * blocks / count
                if i % blocks = block then 1.0 else 0.0)
            |> fun numbers -> TensorOptions.fromDoubles options numbers (rows blocks)
        | DrawKind.Partner ->
            Tensor.toDevice
                options.Device
                (Tensor.ofLongs flat (partners key (Tensor.toDoubles batch.Weight)))

    /// The batch with draws of the given kinds, from branches of `key`.
    [<CompiledName("Add")>]
    let add options key (draws: RandomDraw list) (batch: Batch) : Batch = {
        batch with
            Draws =
                Map [
                    for { Name = name; Kind = kind } in draws ->
                        name, draw options (Key.forPurpose name key) batch kind
                ]
    }
