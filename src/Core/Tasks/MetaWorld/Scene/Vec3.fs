namespace MtrlFunctional.Tasks

/// A position or displacement in the world, in metres: x to the robot's right, y away from
/// its base, z up.
[<Struct>]
type Vec3 = {
    X: float
    Y: float
    Z: float
} with

    static member (+)(a: Vec3, b: Vec3) = { X = a.X + b.X; Y = a.Y + b.Y; Z = a.Z + b.Z }
    static member (-)(a: Vec3, b: Vec3) = { X = a.X - b.X; Y = a.Y - b.Y; Z = a.Z - b.Z }
    /// Element-wise product.
    static member (*)(a: Vec3, b: Vec3) = { X = a.X * b.X; Y = a.Y * b.Y; Z = a.Z * b.Z }
    static member (*)(a: Vec3, k: float) = { X = a.X * k; Y = a.Y * k; Z = a.Z * k }

/// Arithmetic of positions. Sums run in the order x, y, z, as NumPy's do for three numbers,
/// so that distances are bit-identical to the original's.
module internal Vec3 =
    let create x y z = { X = x; Y = y; Z = z }
    let zero = create 0.0 0.0 0.0

    /// Euclidean length.
    let norm v =
        sqrt (v.X * v.X + v.Y * v.Y + v.Z * v.Z)

    let distance a b = norm (a - b)

    let distanceX a b = abs (a.X - b.X)
    let distanceY a b = abs (a.Y - b.Y)
    let distanceZ a b = abs (a.Z - b.Z)

    /// Distance in the xy plane.
    let distanceXY a b =
        let d = a - b
        sqrt (d.X * d.X + d.Y * d.Y)

    /// Distance in the xz plane.
    let distanceXZ a b =
        let d = a - b
        sqrt (d.X * d.X + d.Z * d.Z)

    /// Distance in the yz plane.
    let distanceYZ a b =
        let d = a - b
        sqrt (d.Y * d.Y + d.Z * d.Z)
