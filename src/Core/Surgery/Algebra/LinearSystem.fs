/// Linear equations of a few dozen unknowns.
module internal MtrlFunctional.Surgery.LinearSystem

/// The row at or below `column` whose element there is largest.
let private pivot (a: float[]) n column =
    let mutable best = column

    for row in column + 1 .. n - 1 do
        if abs a[row * n + column] > abs a[best * n + column] then
            best <- row

    best

let private swapRows (a: float[]) (b: float[]) n i j =
    if i <> j then
        for k in 0 .. n - 1 do
            let kept = a[i * n + k]
            a[i * n + k] <- a[j * n + k]
            a[j * n + k] <- kept

        let kept = b[i]
        b[i] <- b[j]
        b[j] <- kept

let private eliminate (a: float[]) (b: float[]) n column =
    for row in column + 1 .. n - 1 do
        let factor = a[row * n + column] / a[column * n + column]

        if factor <> 0.0 then
            for k in column .. n - 1 do
                a[row * n + k] <- a[row * n + k] - factor * a[column * n + k]

            b[row] <- b[row] - factor * b[column]

let private substitute (a: float[]) (b: float[]) n =
    for row in n - 1 .. -1 .. 0 do
        let mutable sum = b[row]

        for k in row + 1 .. n - 1 do
            sum <- sum - a[row * n + k] * b[k]

        b[row] <- sum / a[row * n + row]

/// x with `matrix` x = `right` (row by row), by elimination with partial pivoting; none where a
/// pivot is not larger than `tolerance` times the largest element: there is no one solution.
let solve tolerance (matrix: float[]) (right: float[]) : float[] voption =
    let a, b, n = Array.copy matrix, Array.copy right, right.Length
    let least = tolerance * (a |> Array.fold (fun most x -> max most (abs x)) 0.0)

    let rec reduce column =
        if column = n then
            substitute a b n
            ValueSome b
        else
            swapRows a b n column (pivot a n column)

            // A pivot that is not a number fails as well.
            if abs a[column * n + column] > least then
                eliminate a b n column
                reduce (column + 1)
            else
                ValueNone

    reduce 0
