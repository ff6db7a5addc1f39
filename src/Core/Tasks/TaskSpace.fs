namespace MtrlFunctional.Tasks

open MtrlFunctional.Randomness

/// Values that a task state or a task observation can have.
[<RequireQualifiedAccess>]
type TaskSpace =
    /// `size` numbers, each in [low, high].
    | Box of low: float * high: float * size: int
    /// One of `count` integers, 0 to count − 1.
    | Discrete of count: int

/// Values of task spaces.
module internal TaskSpace =
    /// Numbers of a value: the size of a box, or one integer.
    [<CompiledName("Size")>]
    let size space =
        match space with
        | TaskSpace.Box(_, _, size) -> size
        | TaskSpace.Discrete _ -> 1

    /// A uniform value.
    [<CompiledName("Sample")>]
    let sample space key =
        match space with
        | TaskSpace.Box(low, high, size) ->
            Array.init size (fun i -> low + (high - low) * Key.uniform (Key.at (int64 i) key))
        | TaskSpace.Discrete count -> [| float (Key.below count key) |]

    /// Whether each number of a value is in the middle part, of this share, of its range. Integers are.
    let isInMiddle share space (values: float[]) =
        match space with
        | TaskSpace.Box(low, high, _) ->
            let middle, reach = (low + high) / 2.0, share * (high - low) / 2.0
            values |> Array.forall (fun x -> abs (x - middle) <= reach)
        | TaskSpace.Discrete _ -> true

    /// Why a vector is no value of a space; none where it is one.
    [<CompiledName("Fault")>]
    let fault space (values: float[]) =
        let size = size space

        let isAllowed x =
            match space with
            | TaskSpace.Box(low, high, _) -> low <= x && x <= high
            | TaskSpace.Discrete count -> x = floor x && 0.0 <= x && x < float count

        let allowed =
            match space with
            | TaskSpace.Box(low, high, _) -> $"in [{low}, {high}]"
            | TaskSpace.Discrete count -> $"an integer from 0 to {count - 1}"

        if values.Length <> size then
            Some $"has {values.Length} numbers, must have {size}"
        else
            values
            |> Array.tryFindIndex (isAllowed >> not)
            |> Option.map (fun i -> $"has {values[i]} at index {i}, must be {allowed}")
