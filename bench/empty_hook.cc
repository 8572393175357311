/// The least that a static hook can be.
int main() { return 0; }
