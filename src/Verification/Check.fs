namespace MtrlFunctional.Verification

/// One quantity of a golden file compared with what this program computes: a line of the table
/// that `mtrl verify` prints.
type Check = {
    /// The golden file as the user named it.
    File: string
    /// What was compared, with its path in the file: "ep0.qpos".
    Quantity: string
    /// Largest |computed − recorded|; infinite where shapes differ or exactly one side is NaN.
    MaxAbsolute: float
    /// Largest |computed − recorded| / max(|computed|, |recorded|).
    MaxRelative: float
    Tolerance: float
    Passed: bool
    /// False where nothing could be compared; the quantity then holds the reason.
    Compared: bool
}

/// Comparing recorded with computed numbers.
module Check =
    /// Absolute and relative difference of two numbers; equal numbers (two NaN are equal, and so
    /// are 0 and −0) have difference 0.
    let private difference (recorded: float) (computed: float) =
        if
            recorded = computed
            || (System.Double.IsNaN recorded && System.Double.IsNaN computed)
        then
            struct (0.0, 0.0)
        else
            let d = abs (computed - recorded)

            if System.Double.IsFinite d then
                struct (d, d / max (abs recorded) (abs computed))
            else
                struct (infinity, infinity)

    let private largest (recorded: float[]) (computed: float[]) =
        if recorded.Length <> computed.Length then
            struct (infinity, infinity)
        else
            let mutable worst = struct (0.0, 0.0)

            for i in 0 .. recorded.Length - 1 do
                let struct (a, r) = difference recorded[i] computed[i]
                let struct (worstA, worstR) = worst
                worst <- struct (max a worstA, max r worstR)

            worst

    /// Passes where no number differs by more than the tolerance; tolerance 0 requires equality.
    let absolute file tolerance quantity recorded computed =
        let struct (a, r) = largest recorded computed

        {
            File = file
            Quantity = quantity
            MaxAbsolute = a
            MaxRelative = r
            Tolerance = tolerance
            Passed = a <= tolerance
            Compared = true
        }

    /// Passes where the largest relative or the largest absolute difference is within the
    /// tolerance (the second for numbers close to zero).
    let relative file tolerance quantity recorded computed =
        let check = absolute file tolerance quantity recorded computed

        { check with Passed = check.Passed || check.MaxRelative <= tolerance }

    /// Passes where the error of every recorded x is at most tolerance · (1 + |x|).
    let scaled file tolerance quantity (recorded: float[]) (computed: float[]) =
        let near x y =
            not (abs (x - y) > tolerance * (1.0 + abs x))
            && not (System.Double.IsNaN(x - y))

        {
            absolute file tolerance quantity recorded computed with
                Passed = recorded.Length = computed.Length && Array.forall2 near recorded computed
        }

    /// A failed check whose quantity is the reason why nothing was compared.
    let impossible file reason = {
        File = file
        Quantity = reason
        MaxAbsolute = infinity
        MaxRelative = infinity
        Tolerance = 0.0
        Passed = false
        Compared = false
    }
