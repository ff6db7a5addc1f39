namespace MtrlFunctional.Physics;

/// <summary>Two shapes that touch.</summary>
/// <param name="GeomA">Index of the first geom.</param>
/// <param name="GeomB">Index of the second geom.</param>
/// <param name="X">World position, metres.</param>
/// <param name="Y">World position, metres.</param>
/// <param name="Z">World position, metres.</param>
/// <param name="Distance">Metres; negative where they overlap.</param>
/// <param name="NormalForce">Newton; the solver's force in the first row of this contact.</param>
public readonly record struct Contact(
    int GeomA, int GeomB, double X, double Y, double Z, double Distance, double NormalForce);
