namespace MtrlFunctional.Tasks

open System

/// Orientations as in the original's observations.
module internal Orientation =
    /// For objects whose orientation is not observed.
    let none = { A = 0.0; B = 0.0; C = 0.0; D = 0.0 }

    /// Quaternion (x, y, z, w) of a 3 × 3 rotation matrix, row by row, by the rule of SciPy's
    /// `Rotation.from_matrix`: the largest of the four numbers 'diagonal and trace' (the first one
    /// of equals) decides which component is computed from a sum of squares. The sign is not
    /// normalised, so components may jump while an object turns, as in the original.
    [<CompiledName("OfMatrix")>]
    let ofMatrix (m: ReadOnlySpan<float>) : Quaternion =
        let trace = m[0] + m[4] + m[8]

        let struct (x, y, z, w) =
            if trace > m[0] && trace > m[4] && trace > m[8] then
                struct (m[7] - m[5], m[2] - m[6], m[3] - m[1], 1.0 + trace)
            elif m[0] >= m[4] && m[0] >= m[8] then
                struct (1.0 - trace + 2.0 * m[0], m[3] + m[1], m[6] + m[2], m[7] - m[5])
            elif m[4] >= m[8] then
                struct (m[1] + m[3], 1.0 - trace + 2.0 * m[4], m[7] + m[5], m[2] - m[6])
            else
                struct (m[2] + m[6], m[5] + m[7], 1.0 - trace + 2.0 * m[8], m[3] - m[1])

        let length = sqrt (x * x + y * y + z * z + w * w)

        { A = x / length; B = y / length; C = z / length; D = w / length }
