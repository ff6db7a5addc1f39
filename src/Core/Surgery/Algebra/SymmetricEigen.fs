namespace MtrlFunctional.Surgery

/// Eigenvalues of a symmetric matrix, descending, with orthonormal eigenvectors in the columns of
/// [size; size].
type internal SymmetricEigen = { Values: float[]; Vectors: float[] }

/// Cyclic Jacobi rotations: exact to the last bits, and quick enough for a few dozen rows
/// (Golub and Van Loan, "Matrix Computations", §8.5).
module internal SymmetricEigen =
    let private identity n =
        Array.init (n * n) (fun at -> if at / n = at % n then 1.0 else 0.0)

    /// Cosine and sine of the rotation that makes the element (p, q) zero.
    let private angle (a: float[]) n p q =
        let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q])

        let tangent =
            (if theta < 0.0 then -1.0 else 1.0) / (abs theta + sqrt (theta * theta + 1.0))

        let cosine = 1.0 / sqrt (tangent * tangent + 1.0)
        struct (cosine, tangent * cosine)

    /// Turns two strided lines of numbers into each other.
    let inline private turn (a: float[]) n step p q cosine sine =
        for k in 0 .. n - 1 do
            let x, y = a[p + k * step], a[q + k * step]
            a[p + k * step] <- cosine * x - sine * y
            a[q + k * step] <- sine * x + cosine * y

    let private sweep (a: float[]) (vectors: float[]) n =
        let mutable turned = false

        for p in 0 .. n - 2 do
            for q in p + 1 .. n - 1 do
                let small = 1e-18 * sqrt (abs (a[p * n + p] * a[q * n + q]))

                if abs a[p * n + q] > max small 1e-300 then
                    turned <- true
                    let struct (cosine, sine) = angle a n p q
                    turn a n n p q cosine sine
                    turn a n 1 (p * n) (q * n) cosine sine
                    turn vectors n n p q cosine sine

        turned

    /// Of the products of all pairs.
    let ofGram (gram: Gram) =
        let n = gram.Size
        let a, vectors = Array.copy gram.Products, identity n

        // Convergence is quadratic: six to ten sweeps. The limit holds whatever comes in.
        let rec repeat sweeps =
            if sweeps > 0 && sweep a vectors n then
                repeat (sweeps - 1)

        repeat 40
        let order = Array.init n id |> Array.sortBy (fun i -> -a[i * n + i])

        {
            Values = order |> Array.map (fun i -> a[i * n + i])
            Vectors = Array.init (n * n) (fun at -> vectors[at / n * n + order[at % n]])
        }
