namespace IslSimulator; internal static class Marker;
